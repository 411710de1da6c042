package telnet

// echo is the option ECHO (RFC 857): while the server has it on, the peer does not show
// what is typed, since it leaves that to the server. The server shows nothing.
const echo = 1

// An echoState is the state of the option on the server's side, by the Q method
// (RFC 1143, section 7).
type echoState uint8

const (
	echoOff echoState = iota
	echoOn
	wantOff
	wantOffThenOn // wantOff, and the queue bit is OPPOSITE
	wantOn
	wantOnThenOff
)

// A transition is what an event does in one state.
type transition struct {
	to   echoState
	send byte // WILL or WONT; 0: nothing
}

// What the server wants, and what the peer may say. Each table has a row for each state.
var (
	turnOn = [...]transition{
		echoOff:       {wantOn, will},
		echoOn:        {echoOn, 0},
		wantOff:       {wantOffThenOn, 0},
		wantOffThenOn: {wantOffThenOn, 0},
		wantOn:        {wantOn, 0},
		wantOnThenOff: {wantOn, 0},
	}
	turnOff = [...]transition{
		echoOff:       {echoOff, 0},
		echoOn:        {wantOff, wont},
		wantOff:       {wantOff, 0},
		wantOffThenOn: {wantOff, 0},
		wantOn:        {wantOnThenOff, 0},
		wantOnThenOff: {wantOnThenOff, 0},
	}
	receivedDo = [...]transition{
		echoOff:       {echoOff, wont},
		echoOn:        {echoOn, 0},
		wantOff:       {echoOff, 0}, // an error of the peer, as the next one
		wantOffThenOn: {echoOn, 0},
		wantOn:        {echoOn, 0},
		wantOnThenOff: {wantOff, wont},
	}
	receivedDont = [...]transition{
		echoOff:       {echoOff, 0},
		echoOn:        {echoOff, wont},
		wantOff:       {echoOff, 0},
		wantOffThenOn: {wantOn, will},
		wantOn:        {echoOff, 0},
		wantOnThenOff: {echoOff, 0},
	}
)

// move makes the transition of an event, and appends what is to be sent.
func (e *echoState) move(event *[6]transition, reply []byte) []byte {
	t := event[*e]
	*e = t.to
	if t.send == 0 {
		return reply
	}
	return append(reply, iac, t.send, echo)
}

// HideTyping has the peer show nothing of what is typed from here on, and reports whether
// it asked for that: a peer that has sent no telnet command would show the request itself.
func (c *Conn) HideTyping() bool {
	if c.Active() {
		c.send(c.filter.echo.move(&turnOn, nil))
	}
	return c.Active()
}

// ShowTyping ends HideTyping.
func (c *Conn) ShowTyping() { c.send(c.filter.echo.move(&turnOff, nil)) }
