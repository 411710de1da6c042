package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/render"
)

// rooms is the command of that name.
func rooms(ctx context.Context, p *program) error {
	prefix := ""
	if len(p.args) > 0 {
		prefix = p.args[0]
	}
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		list, all, err := s.allRooms(ctx, prefix)
		if err != nil {
			return err
		}
		if missing := int(all) - len(list); missing > 0 {
			p.diag.printf("%d more rooms are not listed (chat rooms PREFIX narrows the list)", missing)
		}
		out := p.printer()
		out.rooms(list)
		return out.flush()
	})
}

// allRooms lists the rooms whose name begins with prefix, the busiest first,
// and says how many there are.
func (s *session) allRooms(ctx context.Context, prefix string) (list []client.RoomInfo, all uint64, err error) {
	ask := func(after string) (page []client.RoomInfo, err error) {
		err = s.retry(ctx, func() (err error) {
			page, all, err = s.ListRooms(ctx, prefix, after)
			return err
		})
		return page, err
	}
	if list, err = ask(""); err != nil || uint64(len(list)) >= all {
		return list, all, err
	}
	listed := map[string]bool{}
	for i := range list {
		listed[list[i].Name] = true
	}
	page, err := s.firstRoom(ctx, prefix)
	for after := firstName; err == nil; after = page[len(page)-1].Name {
		for _, l := range page {
			if !listed[l.Name] {
				list = append(list, l)
			}
		}
		if page, err = ask(after); len(page) == 0 {
			break
		}
	}
	slices.SortStableFunc(list, busier)
	return list, all, err
}

// firstName is the first of all names: what is listed AFTER a name never has it.
const firstName = "0"

// firstRoom returns the room of the first name, if there is one and its name
// begins with prefix.
func (s *session) firstRoom(ctx context.Context, prefix string) ([]client.RoomInfo, error) {
	if !strings.HasPrefix(firstName, prefix) {
		return nil, nil
	}
	var topic client.TopicText
	var members []client.Member
	err := s.retry(ctx, func() (err error) {
		if topic, err = s.Topic(ctx, firstName); err == nil {
			members, err = s.Who(ctx, firstName)
		}
		return err
	})
	switch {
	case errors.Is(err, client.NoSuchRoom):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []client.RoomInfo{{Name: firstName, Members: uint64(len(members)), Topic: topic.Text}}, nil
}

func busier(a, b client.RoomInfo) int {
	return cmp.Or(cmp.Compare(b.Members, a.Members), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
}

// rooms writes a list of rooms, in columns for people.
func (o *printer) rooms(list []client.RoomInfo) {
	columns := render.Rooms(list)
	for i := range list {
		if r := list[i]; o.people {
			o.line(roomLine(r), columns[i])
		} else {
			o.line(roomLine(r), r.Name, fmt.Sprint(r.Members), r.Topic)
		}
	}
}

// who is the command of that name.
func who(ctx context.Context, p *program) error {
	return p.ask(ctx, func(ctx context.Context, s *session) error {
		var members []client.Member
		err := s.retry(ctx, func() (err error) {
			members, err = s.Who(ctx, p.args[0])
			return err
		})
		if err != nil {
			return err
		}
		out := p.printer()
		for _, m := range members {
			out.line(memberLine(m), out.renderer.Nick(m.Nick), m.Role)
		}
		return out.flush()
	})
}
