package origin

import "context"

// BeginSearch waits until no other search of the origin runs, so that each origin has one
// among those that wait for the store. EndSearch is to be called after it, unless it fails,
// which it does only when ctx ends.
func (o *Origin) BeginSearch(ctx context.Context) error {
	select {
	case o.searchPlace() <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// EndSearch lets the next search of the origin begin.
func (o *Origin) EndSearch() { <-o.searchPlace() }

// searchPlace holds a token while a search runs. It is made for the first one.
func (o *Origin) searchPlace() chan struct{} {
	o.table.mu.Lock()
	defer o.table.mu.Unlock()
	if o.searching == nil {
		o.searching = make(chan struct{}, 1)
	}
	return o.searching
}
