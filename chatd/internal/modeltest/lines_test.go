package modeltest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// What lines are made of: names that are equal when folded, that look alike, or
// are none; texts that sanitising changes; words that a SEARCH finds.
var (
	roomNames = []string{"go", "go", "zoo", "Go", "go", "zoo", "go", "z00", "a.b", "go", "zoo", "nowhere", "bad/name", strings.Repeat("x", maxName+1)}
	nickNames = []string{"alice", "bob", "Alice", "bob", "alice", "a1ice", "carol", "bob", "guest-1", "9lives", strings.Repeat("x", maxName+1)}
	onceKeys  = []string{"k1", "k2", "k1", "k2", "k1", "k3", strings.Repeat("k", maxKey), strings.Repeat("k", maxKey+1), "schl\u00fcssel"}
	texts     = []string{"hello", "Deploy of v1.2 has begun", "the deploy failed: migration 17", "  two blanks", "bell\a", "\a", "a\u200bb", "-", ".", "/slash", "\ttab", " "}
	queries   = []string{"hello", "DEPLOY", "mig*", `"deploy failed"`, `"deploy fai"* mig*`, "from:alice", "from:Bob hello", "hello limit:1", "deploy before:3 limit:2",
		"v1.2", "?!", "m*", "limit:0 hello", "before:x hello", "failed: v1:2", "from:9lives", `"from:alice"`, "hello from:alice before:2"}
	oddities = []string{"", "  ", "frob", "/", "IN go", "ONCE k1", "IN go PING", "ONCE k1 WHO", "ONCE k1 IN go POST x", "QUIT now", "x1", strings.Repeat("v", 17), "POST" + strings.Repeat(" long", maxLine/5),
		"PING \xff", "POST \xff", "caf\u00e9 x", "//two slashes", "said in talk", "PASTE now\nQUIT\n.", "PASTE\n.", "PASTE\n\n\n.", "NICK", "TELL bob", "JOIN go LAST", "JOIN go LAST 1001", "HISTORY 1001", "HISTORY 1 2", "HISTORY x",
		"SET colour on", "SET echo maybe", "FORMAT yaml", "ROOMS go zoo", "CREATE", "TOPIC " + strings.Repeat("t", maxTopic+1), "NICK bob " + strings.Repeat("k", maxKey+1)}
)

func one(t *rapid.T, what string, of []string) string { return rapid.SampledFrom(of).Draw(t, what) }

// A maker makes the lines of one command.
type maker func(t *rapid.T, m *model) string

// makers is all of them; what stands there twice is drawn twice as often.
var makers = []maker{
	makePost, makePost, makePost, makePost, makePaste, makePaste, makeCreate, makeJoin, makeJoin, makeJoin, makeLeave, makeLeave, makeNick, makeNick,
	makeHistory, makeSearch, makeTell, makeTell, makeIgnore, makeIgnore, makeTopic, makeSet, makeSet, makeList, makeOdd,
	func(t *rapid.T, _ *model) string { return in(t) + "WHO" },
	func(t *rapid.T, _ *model) string {
		return one(t, "plain", []string{"WHOAMI", "whoami", "PING", "PING  x ", "PING", "whoami", "WHOAMI", "QUIT"})
	},
	func(t *rapid.T, _ *model) string {
		return "FORMAT " + one(t, "format", []string{"text", "JSON", "text"})
	},
}

// lines draws a command's lines.
func lines(t *rapid.T, m *model, talk bool) []string {
	line := rapid.SampledFrom(makers).Draw(t, "command")(t, m)
	lead := one(t, "lead", []string{"", "", "", "", "", "", "", "", "/", " \t/", "//"})
	if talk && lead == "" {
		lead = "/"
	}
	return strings.Split(lead+line, "\n")
}

// in draws a prefix IN, or none.
func in(t *rapid.T) string {
	return one(t, "in", []string{"", "", "", "", "", "", "", "IN go ", "IN go ", "in  ZOO ", "IN zoo ", "IN nowhere ", "IN bad/name "})
}

func once(t *rapid.T) string {
	if rapid.IntRange(0, 2).Draw(t, "once") < 2 {
		return ""
	}
	return "ONCE " + one(t, "key", onceKeys) + " "
}

func makePost(t *rapid.T, _ *model) string {
	return in(t) + once(t) + one(t, "verb", []string{"POST", "post", "POST", "ME"}) + " " + one(t, "text", texts)
}

func makePaste(t *rapid.T, _ *model) string {
	body := rapid.SliceOfN(rapid.SampledFrom([]string{"hello", "two", "", "..", ".dot", "QUIT", "bell\a", "hello", "..", strings.Repeat("p", maxLine+1)}), 0, 4).Draw(t, "body")
	return in(t) + once(t) + "PASTE\n" + strings.Join(append(body, "."), "\n")
}

func makeCreate(t *rapid.T, _ *model) string {
	return "CREATE " + one(t, "room", roomNames) + one(t, "topic", []string{"", "", " about this", "  blanks ", " " + strings.Repeat("t", maxTopic+1)})
}

// join draws a JOIN, with positions around all that there may be.
func makeJoin(t *rapid.T, m *model) string {
	name := one(t, "room", roomNames)
	how := one(t, "how", []string{"", " LAST %d", " AFTER %d", " after %d"})
	if how == "" {
		return "JOIN " + name
	}
	return "JOIN " + name + fmt.Sprintf(how, position(t, m, name))
}

// position draws a number of a post, or one beyond.
func position(t *rapid.T, m *model, name string) int {
	r := m.rooms[fold(name)]
	if r == nil {
		return 0
	}
	return rapid.IntRange(0, len(r.posts)+1).Draw(t, "position")
}

func makeLeave(t *rapid.T, _ *model) string {
	return strings.TrimSpace("LEAVE " + one(t, "room", append([]string{"", ""}, roomNames...)))
}

func makeNick(t *rapid.T, _ *model) string {
	return strings.TrimSpace("NICK " + one(t, "nick", nickNames) + " " + one(t, "nick's key", []string{"", "s3cret", "s3cret", "0ther"}))
}

func makeHistory(t *rapid.T, m *model) string {
	how := one(t, "how", []string{"", " 1", " BEFORE %d", " 2 BEFORE %d", " AFTER %d", " 2 after %d", " SINCE 1h", " 1 SINCE 1h", " 0", " 1000"})
	if strings.Contains(how, "%d") {
		how = fmt.Sprintf(how, position(t, m, "go"))
	}
	return in(t) + "HISTORY" + how
}

func makeSearch(t *rapid.T, _ *model) string { return in(t) + "SEARCH " + one(t, "query", queries) }

func makeTell(t *rapid.T, m *model) string {
	return "TELL " + someone(t, m) + " " + one(t, "text", texts)
}

func makeIgnore(t *rapid.T, m *model) string {
	verb := one(t, "verb", []string{"IGNORE", "ignore", "UNIGNORE", "IGNORE", ""})
	if verb == "" {
		return "IGNORE"
	}
	return verb + " " + someone(t, m)
}

// someone draws a nick, mostly one in use.
func someone(t *rapid.T, m *model) string {
	if len(m.users) == 0 || rapid.IntRange(0, 3).Draw(t, "anyone") == 0 {
		return one(t, "nick", nickNames)
	}
	return rapid.SampledFrom(m.users).Draw(t, "user").nick
}

func makeTopic(t *rapid.T, _ *model) string {
	return in(t) + "TOPIC" + one(t, "topic", []string{"", " ", " about Go", "  blanks ", " -", " all new"})
}

func makeSet(t *rapid.T, _ *model) string {
	return "SET" + one(t, "setting", []string{"", " echo off", " ECHO on", " presence off", " presence on", " talk on", " talk off"})
}

func makeList(t *rapid.T, _ *model) string {
	return "ROOMS" + one(t, "which", []string{"", " z", " GO", " AFTER go", " z AFTER zoo", " AFTER bad/name", " no/"})
}

func makeOdd(t *rapid.T, _ *model) string { return one(t, "oddity", oddities) }
