package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"linechat/chatd/proto"
)

// addElsewhere adds to the rooms that have members here those of which only other machines have
// some: at most limit, those with the most members.
func (h *Hub) addElsewhere(ctx context.Context, busy map[string]Listing, prefix string, limit int) {
	sizes := h.sizesElsewhere(prefix)
	folds := make([]string, 0, len(sizes))
	for fold := range sizes {
		if _, here := busy[fold]; !here {
			folds = append(folds, fold)
		}
	}
	slices.SortFunc(folds, func(a, b string) int { return cmp.Or(cmp.Compare(sizes[b], sizes[a]), strings.Compare(a, b)) })
	for _, fold := range folds[:min(limit, len(folds))] {
		if row, err := h.store.Room(ctx, fold); err == nil { // otherwise it was dropped meanwhile
			busy[fold] = Listing{Name: row.Name, Members: sizes[fold], Topic: proto.Clean(row.Topic)}
		}
	}
}

// sizesElsewhere returns how many nicks of other machines are in each room.
func (h *Hub) sizesElsewhere(prefix string) map[string]uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	sizes := map[string]uint64{}
	for fold, r := range h.others.byRoom {
		if strings.HasPrefix(fold, prefix) {
			sizes[fold] = r.size()
		}
	}
	return sizes
}
