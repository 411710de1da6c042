package ui

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// showHelp is /help.
func (u *ui) showHelp(rest string) {
	switch {
	case u.help == nil:
		u.send(&request{command: proto.Command{Verb: "HELP"}, show: func(r client.Reply) {
			u.help = r.Lines
			u.showHelp(rest)
		}})
		return
	case rest != "":
		u.showCommandHelp(strings.TrimPrefix(rest, "/"))
		return
	}
	u.infof("In a room, what you type is posted; //x posts /x. Tab completes; Up and Ctrl-R bring back earlier lines.")
	var shown []string
	for _, c := range commands() {
		shown = append(shown, u.helpLine(c.name))
	}
	for _, name := range serverOnly(u.help) {
		shown = append(shown, u.helpLine(name))
	}
	u.printAll(slices.DeleteFunc(shown, func(line string) bool { return line == "" })) // an older server has no such command
}

// showCommandHelp is /help COMMAND.
func (u *ui) showCommandHelp(name string) {
	if line := u.helpLine(name); line != "" {
		u.print(line)
		return
	}
	u.unknownCommand(name)
}

// helpLine returns the help of one command: that of the table, or else the server's;
// "": there is none.
func (u *ui) helpLine(name string) string {
	c := commandNamed(name)
	also := ""
	if c != nil {
		name = c.name
		if len(c.aliases) > 0 {
			also = " (also /" + strings.Join(c.aliases, ", /") + ")"
		}
		if c.about != "" {
			return proto.Clean(fmt.Sprintf("  /%s - %s%s", strings.TrimSpace(c.name+" "+c.usage), c.about, also))
		}
	}
	for i := range u.help {
		if l := &u.help[i]; strings.EqualFold(l.Verb, name) {
			return "  /" + strings.ToLower(name) + " " + l.Text + also
		}
	}
	return ""
}
