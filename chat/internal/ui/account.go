package ui

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// secret is what the prompt asks for besides a line: the password that a command needs and
// does not have.
func (w *completer) secret(line string) prompt.Secret {
	c := w.choices.Load()
	text, isCommand := parseInput(line, c.posts)
	if !isCommand || c.insecure {
		return prompt.Secret{}
	}
	command, verb, err := proto.ParseCommand(text, proto.Commands)
	switch {
	case err != nil || verb == nil || !verb.Secret || command.Text != "":
		return prompt.Secret{}
	case command.Verb == "LOGIN":
		return prompt.Secret{Question: fmt.Sprintf("Password of %s: ", command.Words[0])}
	}
	return prompt.Secret{Question: "New password: ", Twice: true}
}

// sendPassword sends a command with its password, which stands in the line, or was typed
// at the prompt's question. Where there is no prompt it is the next line.
func (u *ui) sendPassword(c proto.Command) {
	switch {
	case u.config.Insecure:
		u.errorf("a password is not sent over a connection that others may read; start chat with --server tls://..., or on the server's machine")
	case c.Text == "" && u.plain:
		u.infof("the next line is the password")
		u.needsPassword = &c
	default:
		c.Text = cmp.Or(c.Text, u.secret)
		u.sendAccount(c)
	}
}

// takePassword sends the command whose password this line is.
func (u *ui) takePassword(line string) {
	c := *u.needsPassword
	u.needsPassword = nil
	c.Text = line
	u.sendAccount(c)
}

// sendAccount sends a command of an account, or about one, and shows its answer in words.
func (u *ui) sendAccount(c proto.Command) {
	u.send(&request{command: c, show: func(r client.Reply) { u.printAll(u.view.account(r)) }})
}

// account returns the answer to a command of an account.
func (v view) account(r client.Reply) []string {
	var lines []string
	for i := range r.Lines {
		lines = append(lines, v.infof("%s", v.accountText(&r.Lines[i])))
	}
	if len(lines) > 0 { // they are what was asked for
		return lines
	}
	if text := doneText(&r.OK); text != "" {
		lines = append(lines, v.infof("%s", text))
	}
	return lines
}

// accountText is a line of such an answer in words.
func (v view) accountText(l *proto.Line) string {
	since := v.since(l.Since)
	switch l.Type {
	case proto.SESSION:
		return fmt.Sprintf("session %s of %s over %s, since %s", l.ID, l.Nick, l.Door, since)
	case proto.KEY:
		return fmt.Sprintf("%s key %s, %s, since %s %s", l.Kind, l.Fingerprint, l.State, since, l.Text)
	case proto.LIMIT:
		if left, err := strconv.Atoi(l.Left); err == nil {
			return fmt.Sprintf("%s: %d left of %s", l.Name, left, l.Value)
		}
		return fmt.Sprintf("%s: %s", l.Name, l.Value)
	case proto.WHOIS:
		who := "has an account, since"
		if l.Role == proto.Guest.String() {
			who = "is a guest, since"
		}
		return fmt.Sprintf("%s %s %s; %s; rooms that both of you are in: %s", l.Nick, who, since, l.State, cmp.Or(l.Text, "none"))
	}
	return string(l.Append(nil, proto.Text))
}

// since is a time as people read it.
func (v view) since(at string) string {
	t, err := time.Parse(proto.TimeLayout, at)
	if err != nil {
		return "an unknown time"
	}
	return v.Date(t)
}

// doneText says what a command of an account has done; "": its lines do.
func doneText(l *proto.Line) string {
	switch l.Verb {
	case "REGISTER":
		return fmt.Sprintf("%s is your account now; /login %s logs you in wherever you are", l.Nick, l.Nick)
	case "LOGIN":
		return "you are logged in as " + l.Nick
	case "LOGOUT":
		return "you are logged out"
	case "PASSWD":
		return fmt.Sprintf("the password of %s is changed, and its other sessions that used the old one are ended", l.Nick)
	case "UNREGISTER":
		return "the account is given up; for 90 days nobody else gets its name"
	case "END":
		return fmt.Sprintf("session %s is ended", l.ID)
	case "KEYS":
		if l.Fingerprint == "" {
			return "the account has no key"
		}
		return "done: " + l.Fingerprint
	}
	return ""
}
