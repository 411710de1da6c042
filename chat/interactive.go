package main

import "context"

// interactive is chat for people.
func (p *program) interactive(context.Context) int {
	p.talk.say("there is nothing here for people yet")
	return exitRefused
}
