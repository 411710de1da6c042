package main

import (
	"context"
	"fmt"
	"time"

	"linechat/scripts/harness"
)

// visitorsRoom is where visitors meet.
const visitorsRoom = "visitors"

// keyedPost is posted before an attack and repeated after it.
const keyedPost = "IN " + visitorsRoom + " ONCE 5f3a9c01be774d20 POST only once"

// maxTells is how many private lines one address may send to one person in a minute.
const maxTells = 10

// A visitor is somebody who comes by each second while chatd is attacked, and notices what is
// refused and what takes long.
type visitor struct {
	target  *target
	keyed   uint64 // the number of keyedPost
	visits  int
	slowest answerTime
	answers codeCount // by their codes
	after   string    // what was noticed after the attack
}

// settle makes the rooms of visitors and strangers, and posts keyedPost.
func (v *visitor) settle(ctx context.Context) error {
	c, err := v.target.dial(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, command := range []string{"CREATE " + visitorsRoom, "CREATE " + otherRoom} {
		if _, err := c.Ask(command); err != nil {
			return err
		}
	}
	v.keyed, err = askNumber(c, keyedPost)
	return err
}

// askNumber asks, and returns the number in the answer.
func askNumber(c *harness.Client, command string) (uint64, error) {
	answer, err := c.Ask(command)
	if err != nil {
		return 0, err
	}
	return answer[len(answer)-1].Seq, nil
}

// repeat visits each second, at least once, until done is closed.
func (v *visitor) repeat(ctx context.Context, done <-chan struct{}) {
	for {
		v.visit(ctx)
		select {
		case <-time.After(time.Second):
		case <-done:
			return
		}
	}
}

// visit does once what people do.
func (v *visitor) visit(ctx context.Context) {
	v.visits++
	begun := time.Now()
	c, err := v.target.dial(ctx, nil)
	v.note("HELLO", begun)
	if err != nil {
		v.answers.add("no HELLO")
		return
	}
	defer func() { _ = c.Close() }()
	for _, command := range []string{
		fmt.Sprint("NICK visitor-", v.visits), "JOIN " + visitorsRoom + " LAST 10", "POST good morning", "WHO", "HISTORY 20",
		"SEARCH morning", "ROOMS", "TELL " + crowdNick(1+v.visits/maxTells%(crowdSize-1)) + " good morning", "LEAVE",
	} {
		begun := time.Now()
		err := v.answers.ask(c, command)
		v.note(command, begun)
		if err != nil {
			v.answers.add("no answer")
			return
		}
	}
}

func (v *visitor) note(command string, begun time.Time) {
	if took := time.Since(begun); took > v.slowest.took {
		v.slowest = answerTime{took, command}
	}
}

// lookBack notices, after the attack, whether keyedPost is still known and a room can be made.
func (v *visitor) lookBack(ctx context.Context) error {
	c, err := v.target.dial(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	again, err := askNumber(c, keyedPost)
	if err != nil {
		return err
	}
	v.after = "their ONCE key held"
	if again != v.keyed {
		v.after = "their ONCE key was forgotten and the post made twice"
	}
	var made codeCount
	err = made.ask(c, "CREATE afterwards")
	v.after += ", CREATE after it: " + made.String()
	return err
}

func (v *visitor) String() string {
	return fmt.Sprintf("%d visits were answered %v, at the latest after %v; %s", v.visits, &v.answers, v.slowest, v.after)
}
