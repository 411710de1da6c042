package main

import (
	"context"
	"fmt"
	"strings"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// searchingPrefixes searches for 32 beginnings of words at once.
func searchingPrefixes() flood {
	var words strings.Builder
	for n := range 32 {
		fmt.Fprintf(&words, " w%x*", n)
	}
	return searching(words.String())
}

// searchingNobody searches for posts of somebody who never posted.
func searchingNobody() flood { return searching(" from:nobody") }

// searchingCommon searches for a word of every post.
func searchingCommon() flood { return searching(" " + commonWord + " limit:1000") }

func searching(words string) flood { return inLibrary("SEARCH" + words) }

// askingHistory asks for as many posts as one HISTORY may bring back.
func askingHistory() flood { return inLibrary("HISTORY 1000 AFTER 0") }

func inLibrary(command string) flood {
	return repeating(200, "", strings.Repeat("IN "+libraryRoom+" "+command+"\n", 10))
}

// What is searched.
const (
	libraryPosts = 20_000
	commonWord   = "common"
	atOnce       = 500 // posts sent before their answers are read
)

// fillLibrary posts what is searched, with a chatd that knows no rates and has its files in a
// directory.
func (w *workspace) fillLibrary(ctx context.Context, dir string) error {
	daemon, err := harness.StartChatd(w.chatd, dir, "127.0.0.1:0", "--rate", "0")
	if err != nil {
		return err
	}
	defer daemon.Kill()
	c, err := dial(ctx, adminSocket(dir))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Ask("CREATE " + libraryRoom); err != nil {
		return err
	}
	for n := 0; n < libraryPosts; n += atOnce {
		if err := fillSome(c, n); err != nil {
			return err
		}
	}
	return daemon.Stop(stopWithin)
}

// fillSome posts the posts from n on that are sent at once.
func fillSome(c *harness.Client, n int) error {
	var posts strings.Builder
	for i := range atOnce {
		fmt.Fprintf(&posts, "IN %s POST %s %s\n", libraryRoom, commonWord, libraryWords(n+i))
	}
	if err := c.Send(posts.String()); err != nil {
		return err
	}
	for range atOnce {
		if line, err := c.Receive(); err != nil || line.Type != proto.OK {
			return fmt.Errorf("filling %s: %s %s: %w", libraryRoom, line.Type, line.Text, err)
		}
	}
	return nil
}

// libraryWords returns a dozen words, of which a post has some that others have, too.
func libraryWords(post int) string {
	words := make([]string, 12)
	for i := range words {
		words[i] = fmt.Sprintf("w%x", (post+1)*(i+1)%4999)
	}
	return strings.Join(words, " ")
}
