package origin

import "context"

// BeginSearch waits until the origin, and the parents that pay with it, have a place for a
// search: each has one, and a site of IPv6 has four. EndSearch is to be called after it, unless
// it fails, which it does only when ctx ends.
func (o *Origin) BeginSearch(ctx context.Context) error {
	select {
	case o.searchPlaces() <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if o.parent == nil {
		return nil
	}
	err := o.parent.BeginSearch(ctx)
	if err != nil {
		<-o.searchPlaces()
	}
	return err
}

// EndSearch lets the next search begin.
func (o *Origin) EndSearch() {
	if o.parent != nil {
		o.parent.EndSearch()
	}
	<-o.searchPlaces()
}

// searchPlaces holds a token for each search that runs. It is made for the first one.
func (o *Origin) searchPlaces() chan struct{} {
	o.table.mu.Lock()
	defer o.table.mu.Unlock()
	if o.searching == nil {
		o.searching = make(chan struct{}, o.key.searches())
	}
	return o.searching
}
