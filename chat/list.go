package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/render"
)

func rooms(ctx context.Context, p *program) error {
	prefix := ""
	if len(p.args) > 0 {
		prefix = p.args[0]
	}
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		list, err := collect(s.ListRooms(ctx, prefix))
		if err != nil {
			return err
		}
		slices.SortStableFunc(list, busier)
		out := p.printer()
		columns := render.Rooms(list) // for people
		for i, r := range list {
			if !out.people {
				columns[i] = strings.TrimRight(fmt.Sprint(r.Name, " ", r.Members, " ", r.Topic), " ")
			}
			_ = out.line(roomLine(r), columns[i]) // a failure is that of flush
		}
		return out.flush()
	})
}

func busier(a, b client.RoomInfo) int {
	return cmp.Or(cmp.Compare(b.Members, a.Members), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
}

func who(ctx context.Context, p *program) error {
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		members, err := s.Who(ctx, p.args[0])
		if err != nil {
			return err
		}
		out := p.printer()
		for _, m := range members {
			_ = out.line(memberLine(m), out.renderer.Nick(m.Nick)+" "+m.Role) // a failure is that of flush
		}
		return out.flush()
	})
}
