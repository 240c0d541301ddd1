// A program under test, in Go: it reads a line of JSON, and answers it with a line of JSON.
// Workitems stands for your implementation; replace it by calls of your server. A log goes to standard error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type object = map[string]interface{}

var agents = map[string]bool{"a1": true, "a2": true, "a3": true}
var queues = map[string]bool{"Inbound": true, "Outbound": true}
var shown = map[string][]string{
	"Invited":    {"Accept", "Reject"},
	"Processing": {"Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"},
}

// The state that each operation needs, and the argument that it must have.
var operations = map[string][2]string{
	"Accept": {"Invited", ""}, "Reject": {"Invited", ""}, "Complete": {"Processing", ""},
	"SetInFocus": {"Processing", ""}, "AttachUserData": {"Processing", "userData"},
	"UpdateUserData": {"Processing", "userData"}, "DeleteUserData": {"Processing", "keys"},
	"PlaceInQueue": {"Processing", "queueName"},
}

type refused struct {
	statusCode int
	why        string
}

type item struct {
	id, state, agent string
	userData         object
}

// Workitems is the implementation.
type Workitems struct {
	items               map[string]*item
	sent                []object
	numbers, references int
}

func newWorkitems() *Workitems {
	return &Workitems{items: map[string]*item{}, sent: []object{}}
}

func text(value interface{}) string {
	found, _ := value.(string)
	return found
}

func copied(data object) object {
	made := object{}
	for key, value := range data {
		made[key] = value
	}
	return made
}

func (w *Workitems) submit(created object) string {
	w.numbers++
	id := fmt.Sprintf("n%d", w.numbers)
	data, _ := created["userData"].(object)
	w.items[id] = &item{id: id, state: "Queued", userData: copied(data)}
	return id
}

func (w *Workitems) tell(agent string, it *item, kind, state string, capabilities []string, reference int) {
	said := object{
		"agent": agent, "kind": kind, "interaction": it.id, "media": "workitem", "state": state,
		"capabilities": capabilities, "userData": copied(it.userData),
	}
	if reference > 0 {
		said["referenceId"] = reference
	}
	w.sent = append(w.sent, said)
}

func (w *Workitems) offer(id, agent string) *refused {
	it := w.items[id]
	if it == nil || it.state != "Queued" || !agents[agent] {
		return &refused{2, "it does not wait in a queue"}
	}
	it.state, it.agent = "Invited", agent
	w.tell(agent, it, "StatusChange", "Invited", shown["Invited"], 0)
	return nil
}

// signal does what the platform does: Revoke and Stop.
func (w *Workitems) signal(command object) *refused {
	it := w.items[text(command["interaction"])]
	if it == nil || it.state == "Completed" {
		return &refused{2, "it has ended"}
	}
	agent, state := it.agent, "Completed"
	if command["operation"] == "Revoke" {
		if agent == "" || (command["agent"] != nil && text(command["agent"]) != agent) {
			return &refused{2, "nobody has it"}
		}
		state = "Queued"
	}
	it.state, it.agent = state, ""
	if agent != "" {
		w.tell(agent, it, "StatusChange", "Revoked", []string{}, 0)
	}
	return nil
}

// perform does what an agent asks for: the referenceId, or a refusal.
func (w *Workitems) perform(command object) (int, *refused) {
	it, no := w.check(command)
	if no != nil {
		return 0, no
	}
	w.references++
	by, changed := text(command["by"]), false
	leave := func(state string) {
		it.state, it.agent = state, ""
		w.tell(by, it, "StatusChange", "Completed", []string{}, w.references)
	}
	switch command["operation"] {
	case "Accept":
		it.state = "Processing"
		w.tell(by, it, "StatusChange", "Processing", shown["Processing"], w.references)
	case "Reject", "PlaceInQueue":
		leave("Queued")
	case "Complete":
		if command["queueName"] == nil {
			leave("Completed")
		} else {
			leave("Queued")
		}
	case "AttachUserData", "UpdateUserData":
		it.userData, changed = copied(it.userData), true
		for key, value := range command["userData"].(object) {
			it.userData[key] = value
		}
	case "DeleteUserData":
		it.userData, changed = copied(it.userData), true
		for _, key := range command["keys"].([]interface{}) {
			delete(it.userData, text(key))
		}
	}
	if changed {
		w.tell(by, it, "PropertiesUpdated", it.state, shown["Processing"], w.references)
	}
	return w.references, nil
}

func fits(name string, value interface{}) bool {
	switch name {
	case "userData":
		_, ok := value.(object)
		return ok
	case "keys":
		names, ok := value.([]interface{})
		return ok && len(names) > 0
	}
	_, ok := value.(string)
	return ok
}

func (w *Workitems) check(command object) (*item, *refused) {
	it := w.items[text(command["interaction"])]
	needs, known := operations[text(command["operation"])]
	switch by := text(command["by"]); {
	case by == "boss":
		return nil, &refused{5, "a supervisor is not an agent"}
	case !agents[by]:
		return nil, &refused{20, "not signed in"}
	case it == nil || (command["media"] != nil && command["media"] != "workitem"):
		return nil, &refused{6, "there is no such workitem"}
	case !known:
		return nil, &refused{3, "there is no such operation"}
	case needs[1] != "" && command[needs[1]] == nil:
		return nil, &refused{1, needs[1] + " is missing"}
	case needs[1] != "" && !fits(needs[1], command[needs[1]]):
		return nil, &refused{10, needs[1] + " does not fit"}
	case it.state != needs[0]:
		return nil, &refused{2, "it is " + it.state}
	case it.agent != by:
		return nil, &refused{5, "another agent has it"}
	case command["queueName"] != nil && !queues[text(command["queueName"])]:
		return nil, &refused{6, "there is no such queue"}
	}
	return it, nil
}

func (w *Workitems) view(id, agent string) interface{} {
	it := w.items[id]
	if it == nil || it.agent == "" || it.agent != agent {
		return nil
	}
	return object{"state": it.state, "capabilities": shown[it.state], "userData": it.userData}
}

// list is what the agent holds or is invited to.
func (w *Workitems) list(agent string) []string {
	ids := []string{}
	for id, it := range w.items {
		if it.agent != "" && it.agent == agent {
			ids = append(ids, id)
		}
	}
	return ids
}

// === the protocol ===================================================================================================

func (w *Workitems) answer(asked object) object {
	switch asked["do"] {
	case "hello": // operations that are not there, and what cannot be done: it is not tested
		return object{"lacks": []string{
			"Create", "Transfer", "AddWorkitem", "AddInteraction", "PullWorkitem", "PullInteraction", "PlaceInWorkbin",
			"GetWorkbinContent", "time", "content",
		}}
	case "reset":
		*w = *newWorkitems()
		return object{}
	case "create":
		created, _ := asked["new"].(object)
		return object{"id": w.submit(created)}
	case "offer":
		if no := w.offer(text(asked["interaction"]), text(asked["agent"])); no != nil {
			return object{"error": no.why}
		}
		return object{}
	case "perform":
		command, _ := asked["command"].(object)
		var reference int
		var no *refused
		if command["operation"] == "Revoke" || command["operation"] == "Stop" {
			no = w.signal(command)
		} else {
			reference, no = w.perform(command)
		}
		if no != nil {
			return object{"ok": false, "statusCode": no.statusCode, "why": no.why}
		}
		if reference == 0 {
			return object{"ok": true}
		}
		return object{"ok": true, "statusCode": 0, "referenceId": reference}
	case "view":
		return object{"view": w.view(text(asked["interaction"]), text(asked["agent"]))}
	case "interactions":
		return object{"interactions": w.list(text(asked["agent"]))}
	case "notifications":
		sent := w.sent
		w.sent = []object{}
		return object{"notifications": sent}
	}
	return object{"notImplemented": true}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 65536), 16*1024*1024)
	answers := json.NewEncoder(os.Stdout)
	workitems := newWorkitems()
	for lines.Scan() {
		asked := object{}
		answer := object{}
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			answer["error"] = err.Error()
		} else {
			answer = workitems.answer(asked)
		}
		if err := answers.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
