package proto

// A TextRule says whether text follows the words of a command.
type TextRule uint8

// NoText, MayText and NeedsText say that a command never, optionally or always
// has text.
const (
	NoText TextRule = iota
	MayText
	NeedsText
)

// States is a set of session states (protocol.md, "States").
type States uint8

// The states of a session.
const (
	Init     States = 1 << iota // in no room
	InRoom                      // in a current room
	AnyState = Init | InRoom
)

// A Role says what a user may do. A higher role may do all that a lower one may.
type Role uint8

// The roles. Everyone begins as a Guest; an Account has proved that its nick is its own;
// Op and Owner are roles in one room; an Admin may do everything.
const (
	Guest Role = iota
	Account
	Op
	Owner
	Admin
)

// String returns the role's word in USER, WHOAMI and WHOIS lines.
func (r Role) String() string {
	return [...]string{"guest", "account", "op", "owner", "admin"}[r]
}

// A Verb is the row of one command in the table of protocol.md, "Commands": the
// syntax of its line and the states in which it is allowed. The server checks a
// command against its row before it runs it. HELP and completion use the row.
type Verb struct {
	Name     string
	Usage    string // words and text, as HELP shows them
	Help     string // what it does, in one line
	Example  string // a line that uses it; "": none is needed
	Min, Max int    // the number of words; equal if text follows
	Text     TextRule
	Wants    string // what is missing when there are too few words
	Room     bool   // takes the prefix IN, and acts on a room
	Once     bool   // takes the prefix ONCE
	States   States
	Role     Role // that it takes at least
	Secret   bool // its text is a password: without one the next line is it, and no error repeats it
	Open     bool // allowed to guests where the server admits none
	Cost     int  // as how many lines it counts (protocol.md, "Who pays")
}

// Verbs is the table of commands, in the order in which HELP lists them. Do not
// modify it.
var Verbs = []Verb{
	{Name: "HELP", Usage: "[verb]", Max: 1, Cost: 1, States: AnyState, Open: true,
		Help: "lists the commands, or explains one"},
	{Name: "WHOAMI", Cost: 1, States: AnyState, Open: true,
		Help: "shows your nick, your current room and your role"},
	{Name: "PING", Usage: "[text]", Text: MayText, Cost: 1, States: AnyState, Open: true,
		Help: "answers with the same text"},
	{Name: "QUIT", Usage: "[text]", Text: MayText, Cost: 1, States: AnyState, Open: true,
		Help: "ends the connection after all earlier commands are answered"},
	{Name: "NICK", Usage: "name [key]", Min: 1, Max: 2, Wants: "a name", Cost: 5, States: AnyState, Open: true,
		Help: "takes a nick; with a key you can take it back later"},
	{Name: "ROOMS", Usage: "[prefix] [AFTER name]", Max: 3, Cost: 5, States: AnyState,
		Help: "lists rooms, the busiest first"},
	{Name: "CREATE", Usage: "room [topic]", Min: 1, Max: 1, Text: MayText, Wants: "a room", Cost: 1, States: AnyState,
		Help: "creates a room without joining it"},
	{Name: "JOIN", Usage: "room [LAST n | AFTER seq]", Min: 1, Max: 3, Wants: "a room", Cost: 5, States: AnyState,
		Help: "joins a room, or returns to one that you are in"},
	{Name: "LEAVE", Usage: "[room]", Max: 1, Cost: 5, States: AnyState,
		Help: "leaves the current room, or the one named"},
	{Name: "WHO", Room: true, Cost: 5, States: InRoom,
		Help: "lists the members of the room"},
	{Name: "POST", Usage: "text", Text: NeedsText, Room: true, Once: true, Cost: 1, States: InRoom,
		Help: "posts a line", Example: "POST good morning"},
	{Name: "ME", Usage: "text", Text: NeedsText, Room: true, Once: true, Cost: 1, States: InRoom,
		Help: "posts what you are doing"},
	{Name: "PASTE", Room: true, Once: true, Cost: 1, States: InRoom,
		Help: "posts the lines that follow as one post, up to a single ."},
	{Name: "TELL", Usage: "nick text", Min: 1, Max: 1, Text: NeedsText, Wants: "a nick", Cost: 1, States: AnyState,
		Help: "sends a private line to a user who is connected"},
	{Name: "TOPIC", Usage: "[text]", Text: MayText, Room: true, Cost: 5, States: InRoom,
		Help: "shows or sets the topic of the room"},
	{Name: "HISTORY", Usage: "[n] [BEFORE seq | AFTER seq | SINCE age]", Max: 3, Room: true, Cost: 10, States: InRoom,
		Help: "shows earlier posts, 20 if n is not given"},
	{Name: "SEARCH", Usage: "words", Text: NeedsText, Room: true, Cost: 20, States: InRoom,
		Help: "finds posts by their words; from:nick, since:2h, before:seq and limit:n narrow it"},
	{Name: "SET", Usage: "[echo|presence|talk on|off]", Max: 2, Cost: 1, States: AnyState, Open: true,
		Help: "lists or changes your settings"},
	{Name: "FORMAT", Usage: "text|json", Min: 1, Max: 1, Wants: "text or json", Cost: 1, States: AnyState, Open: true,
		Help: "chooses the form of the server's lines"},
	{Name: "TALK", Usage: "[off]", Max: 1, Cost: 1, States: AnyState, Open: true,
		Help: "for people: posts what you type, and shows a conversation", Example: "TALK; then /join go; good morning; /talk off"},
	{Name: "REGISTER", Usage: "[password]", Text: MayText, Cost: 1, States: AnyState, Secret: true, Open: true,
		Help: "makes your nick an account of yours, which nobody else can take"},
	{Name: "LOGIN", Usage: "name [password]", Min: 1, Max: 1, Text: MayText, Wants: "a name", Cost: 1, States: AnyState, Secret: true, Open: true,
		Help: "logs in to an account"},
	{Name: "LOGOUT", Cost: 1, States: AnyState, Role: Account,
		Help: "makes you a guest again"},
	{Name: "PASSWD", Usage: "[password]", Text: MayText, Cost: 1, States: AnyState, Role: Account, Secret: true,
		Help: "changes your password"},
	{Name: "KEYS", Usage: "[ADD [line] | REMOVE fingerprint]", Text: MayText, Cost: 1, States: AnyState, Role: Account,
		Help: "lists or changes the keys that log in to your account"},
	{Name: "UNREGISTER", Usage: "[name]", Max: 1, Cost: 1, States: AnyState, Role: Account,
		Help: "gives up your account; its name stays reserved for 90 days"},
	{Name: "SESSIONS", Cost: 1, States: AnyState, Role: Account,
		Help: "lists the connections of your account"},
	{Name: "END", Usage: "id", Min: 1, Max: 1, Wants: "the id of a session", Cost: 1, States: AnyState, Role: Account,
		Help: "ends a connection of your account"},
	{Name: "WHOIS", Usage: "nick", Min: 1, Max: 1, Wants: "a nick", Cost: 5, States: AnyState,
		Help: "says who somebody is, and which of your rooms they are in"},
	{Name: "IGNORE", Usage: "[nick]", Max: 1, Cost: 1, States: AnyState,
		Help: "refuses a nick's private lines, and hides its posts in a conversation; or lists whom you ignore"},
	{Name: "UNIGNORE", Usage: "nick", Min: 1, Max: 1, Wants: "a nick", Cost: 1, States: AnyState,
		Help: "undoes IGNORE"},
	{Name: "LIMITS", Cost: 1, States: AnyState, Open: true,
		Help: "lists the limits that hold for you, and what is left of them", Example: "LIMIT lines-at-once 1000 998 0: of 1000 at once 998 are left; with none left, the last number is the milliseconds until there is one more"},
	{Name: "ACCOUNTS", Usage: "[prefix | ADD name]", Max: 2, Cost: 1, States: AnyState, Role: Admin,
		Help: "lists accounts, or makes one"},
	{Name: "DROP", Usage: "room", Min: 1, Max: 1, Wants: "a room", Cost: 1, States: AnyState, Role: Admin,
		Help: "deletes a room and all its posts"},
	{Name: "STATS", Cost: 1, States: AnyState, Role: Admin,
		Help: "shows figures of the server"},
}

// A Prefix may come before a verb (protocol.md, "Lines from the client").
type Prefix struct {
	Name  string
	Usage string // what follows it, as HELP shows it
	Wants string // its own word
	Help  string // what it does, in one line
}

// Prefixes lists the prefixes in the order in which a line has them. Do not
// modify it.
var Prefixes = []Prefix{
	{"IN", "room POST text", "a room", "runs a command in a room other than the current one"},
	{"ONCE", "key POST text", "a key", "posts at most once, however often you send it"},
}

// Form returns the prefix and its usage, as a refusal shows them.
func (p Prefix) Form() string { return p.Name + " " + p.Usage }

// LookupVerb returns the row of the verb of that name, which is in capitals, or
// nil.
func LookupVerb(name string) *Verb {
	for i := range Verbs {
		if Verbs[i].Name == name {
			return &Verbs[i]
		}
	}
	return nil
}

// Form returns the verb and its usage, as a refusal shows them.
func (v *Verb) Form() string {
	if v.Usage == "" {
		return v.Name
	}
	return v.Name + " " + v.Usage
}
