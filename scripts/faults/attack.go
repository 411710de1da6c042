package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// An attack is what strangers do to a chatd that others talk through meanwhile.
type attack struct {
	name string
	what string

	logins  func(ctx context.Context, t *target) (strike, error) // what is done, or nil: a flood is
	flood   func() flood
	library bool // the flood needs the library
}

// A strike makes the attack on an address, or on a sink if that is "", and returns what came
// of it. An error is what chatd must not do.
type strike func(ctx context.Context, address string) (outcome string, err error)

var attacks = []attack{
	{name: "login-wrong", what: "LOGINs at once, each from an address of its own, with a wrong password", logins: loginsAtOnce("wrong horse")},
	{name: "login-right", what: "the same with the right password", logins: loginsAtOnce(password)},
	{name: "guess-1-1", what: "guesses of one address at one account", logins: guesses(1, 1)},
	{name: "guess-1-100", what: "guesses of one address at a hundred accounts", logins: guesses(1, 100)},
	{name: "guess-100-1", what: "guesses of a hundred addresses at one account", logins: guesses(100, 1)},
	{name: "guess-100-100", what: "guesses of a hundred addresses at a hundred accounts", logins: guesses(100, 100)},
	{name: "post-again", what: "one client: connect, 990 posts of 8,000 bytes, quit, again", flood: postingAgain},
	{name: "post-same", what: "200 clients post to the room of the others", flood: postingToCrowd},
	{name: "post-other", what: "200 clients post to another room", flood: postingElsewhere},
	{name: "once", what: "200 clients post with ONCE keys", flood: postingOnce},
	{name: "create", what: "CREATE, ten on a connection, and again", flood: creatingRooms},
	{name: "nick-keys", what: "keys of a nick guessed, ten on a connection, and again", flood: guessingKeys},
	{name: "tell", what: "30 TELLs to one person on a connection, and again", flood: tellingAgain},
	{name: "search-words", what: "200 clients search for 32 beginnings of words", flood: searchingPrefixes, library: true},
	{name: "search-nobody", what: "200 clients search for posts of nobody", flood: searchingNobody, library: true},
	{name: "search-common", what: "200 clients search for a word of all posts", flood: searchingCommon, library: true},
	{name: "history", what: "200 clients ask for 1,000 posts", flood: askingHistory, library: true},
	{name: "who", what: "200 clients send WHO", flood: askingWho},
	{name: "nick", what: "200 clients send NICK", flood: renaming},
	{name: "topic", what: "200 clients send TOPIC", flood: settingTopics},
	{name: "join-leave", what: "25 clients send JOIN and LEAVE", flood: joiningAndLeaving},
	{name: "telnet-ayt", what: "200 clients send telnet's Are You There", flood: askingWhoIsThere},
	{name: "telnet-sb", what: "200 clients send the parameter of a telnet option, without end", flood: endlessParameter},
	{name: "telnet-urgent", what: "200 clients send urgent data", flood: urgentData},
	{name: "idle", what: "5,000 clients connect and say nothing", flood: idling},
	{name: "drip", what: "5,000 clients send a byte each second", flood: dripping},
	{name: "unended", what: "5,000 clients send 8,191 bytes without a line's end", flood: unended},
	{name: "connect", what: "7,000 connections a second, closed at once", flood: connecting},
}

// prepare makes what the attack needs.
func (a attack) prepare(ctx context.Context, t *target) (strike, error) {
	if a.flood == nil {
		return a.logins(ctx, t)
	}
	return func(ctx context.Context, address string) (string, error) {
		t.strikes++ // each has its own addresses: the ports of the one before are not yet free
		report, err := t.flood(ctx, a.name, address, t.strikes*t.addresses, t.addresses)
		if err != nil {
			return "", err
		}
		return report.String(), nil
	}, nil
}

// chosen returns the attacks that were named, or all.
func (o *options) chosen() (all []attack, err error) {
	if len(o.attacks) == 0 {
		return attacks, nil
	}
	for _, name := range o.attacks {
		a, err := findAttack(name)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func findAttack(name string) (attack, error) {
	for _, a := range attacks {
		if a.name == name {
			return a, nil
		}
	}
	return attack{}, fmt.Errorf("there is no attack %s", name)
}

// canAttack returns why nobody can be attacked on this machine; nil if somebody can.
func canAttack() error {
	if runtime.GOOS != "linux" {
		return skipped{"the attackers come from 127.0.0.2 and the addresses after it, which only Linux has without more ado"}
	}
	return nil
}

// runAttack runs each attack on a fresh chatd.
func runAttack(ctx context.Context, w *workspace) error {
	if err := canAttack(); err != nil {
		return err
	}
	all, err := w.chosen()
	if err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	for _, a := range all {
		if err := w.attack(ctx, a); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

// attack runs one attack -n times, and reports how long the crowd's posts took.
func (w *workspace) attack(ctx context.Context, a attack) error {
	var runs []figures
	for n := range w.rounds {
		f, err := w.measure(ctx, a, w.path(fmt.Sprintf("%s-%d", a.name, n)))
		if err != nil {
			return err
		}
		w.printf("%-13s %v\n  %s\n  %s\n", a.name, f, f.outcome, f.noticed)
		runs = append(runs, f)
	}
	if len(runs) > 1 {
		w.printf("%-13s %s\n\n", a.name, summarize(runs))
	}
	return nil
}

// exposed returns the flags with which chatd exempts no address from its limits. Versions
// that exempt none have no such flag, and may have no help of that name.
func (w *workspace) exposed(ctx context.Context) ([]string, error) {
	help, err := exec.CommandContext(ctx, w.chatd, "help", "limits").Output()
	if none := new(exec.ExitError); err != nil && !errors.As(err, &none) {
		return nil, fmt.Errorf("%s help limits: %w", w.chatd, err)
	}
	if bytes.Contains(help, []byte("--exempt")) {
		return []string{"--exempt", "none"}, nil
	}
	return nil, nil
}
