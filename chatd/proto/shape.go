package proto

// A shape lists the fields of a line in order, by their JSON names. A field that
// begins with a bracket and all fields after it are left out together when they
// are empty. Only the field "text" may hold blanks.
type shape []string

var shapes = map[Keyword]shape{
	HELLO:   {"protocol", "nick", "text"},
	ERR:     {"verb", "code", "text"},
	MSG:     {"room", "seq", "nick", "text"},
	ME:      {"room", "seq", "nick", "text"},
	MORE:    {"room", "seq", "nick", "text"},
	TELL:    {"nick", "text"},
	JOINED:  {"room", "nick"},
	LEFT:    {"room", "nick", "why"},
	RENAMED: {"room", "old", "nick"},
	TOPIC:   {"room", "nick", "text"},
	NOTICE:  {"text"},
	GAP:     {"room", "from", "to", "why"},
	ROOM:    {"room", "members", "text"},
	USER:    {"room", "nick", "role"},
	HELP:    {"verb", "text"},
	SETTING: {"name", "value"},
	SEND:    {"room", "text"},
	SESSION: {"id", "nick", "door", "since", "address"},
	KEY:     {"fingerprint", "kind", "since", "state", "text"},
	WHOIS:   {"nick", "role", "since", "state", "text"},
	ACCOUNT: {"nick", "since", "keys", "password"},
	STAT:    {"name", "value"},
	IGNORED: {"nick"},
	LIMIT:   {"name", "value", "left", "wait_ms"},
	BYE:     {"code", "text"},
}

var okShapes = map[string]shape{
	"HELP":    {},
	"WHOAMI":  {"nick", "room", "role"},
	"PING":    {"text"},
	"QUIT":    {},
	"NICK":    {"nick"},
	"ROOMS":   {"shown", "all"},
	"CREATE":  {"room"},
	"JOIN":    {"room", "members", "seq"},
	"LEAVE":   {"room", "current"},
	"WHO":     {"room", "members"},
	"POST":    {"room", "seq"},
	"ME":      {"room", "seq"},
	"PASTE":   {"room", "seq"},
	"TELL":    {"nick"},
	"TOPIC":   {"room"},
	"HISTORY": {"room", "shown", "seq"},
	"SEARCH":  {"room", "shown", "seq"},
	"SET":     {"[name", "value"},
	"FORMAT":  {"format"},

	"TALK":       {"value"},
	"REGISTER":   {"nick"},
	"LOGIN":      {"nick"},
	"LOGOUT":     {"nick"},
	"PASSWD":     {"nick"},
	"KEYS":       {"[fingerprint"},
	"UNREGISTER": {"nick"},
	"SESSIONS":   {"shown"},
	"END":        {"id"},
	"WHOIS":      {"nick"},
	"ACCOUNTS":   {"shown", "all"},
	"DROP":       {"room"},
	"STATS":      {},
	"IGNORE":     {"[nick"},
	"UNIGNORE":   {"nick"},
	"LIMITS":     {},
}

func (l *Line) shape() shape {
	if l.Type == OK {
		return okShapes[l.Verb]
	}
	return shapes[l.Type]
}

// field returns a pointer to the field of that name, a *string, *Code or *uint64, or nil.
func (l *Line) field(name string) any {
	if word := l.word(name); word != nil {
		return word
	}
	if number := l.number(name); number != nil {
		return number
	}
	if name == "code" {
		return &l.Code
	}
	return nil
}

func (l *Line) word(name string) *string {
	switch name {
	case "verb":
		return &l.Verb
	case "protocol":
		return &l.Protocol
	case "room":
		return &l.Room
	case "nick":
		return &l.Nick
	case "old":
		return &l.Old
	case "role":
		return &l.Role
	case "current":
		return &l.Current
	case "why":
		return &l.Why
	case "name":
		return &l.Name
	case "value":
		return &l.Value
	case "left":
		return &l.Left
	case "format":
		return &l.Format
	case "text":
		return &l.Text
	}
	return l.wordOfAccount(name)
}

// wordOfAccount is word for what stands in lines about accounts alone.
func (l *Line) wordOfAccount(name string) *string {
	switch name {
	case "id":
		return &l.ID
	case "door":
		return &l.Door
	case "since":
		return &l.Since
	case "address":
		return &l.Address
	case "fingerprint":
		return &l.Fingerprint
	case "kind":
		return &l.Kind
	case "state":
		return &l.State
	case "password":
		return &l.Password
	}
	return nil
}

func (l *Line) number(name string) *uint64 {
	switch name {
	case "seq":
		return &l.Seq
	case "members":
		return &l.Members
	case "shown":
		return &l.Shown
	case "all":
		return &l.All
	case "from":
		return &l.From
	case "to":
		return &l.To
	case "keys":
		return &l.Keys
	case "wait_ms":
		return &l.WaitMS
	}
	return nil
}
