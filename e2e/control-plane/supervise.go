package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The death signal below is sent when the *thread* that started a child ends,
// so children are started from the main goroutine and that one is kept on the
// main thread, which ends with the process.
func init() { runtime.LockOSThread() }

// order is one line on the supervisor's stdin.
type order struct {
	Do   string   `json:"do"` // start, signal, list
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"` // added to the supervisor's own
	Log  string   `json:"log"` // appended to
	// For signal: TERM waits 10 s and then kills; KILL kills at once. Both answer when the program is gone.
	Signal string `json:"signal"`
}

// answer is one line on its stdout, one for each order.
type answer struct {
	Error    string          `json:"error,omitempty"`
	Programs []programStatus `json:"programs,omitempty"`
}

type programStatus struct {
	Name string `json:"name"`
	Pid  int    `json:"pid"`
	Exit string `json:"exit,omitempty"` // empty while it runs
}

type program struct {
	name string
	cmd  *exec.Cmd
	gone chan struct{}
	exit string // valid once gone is closed
}

// supervise owns the processes of one control plane: whatever ends the test
// (a panic, kill -9, Ctrl-C), stdin closes and nothing stays behind. Should the
// supervisor itself be killed, the kernel kills its children.
func supervise(args []string) error {
	flags := flag.NewFlagSet("supervise", flag.ContinueOnError)
	remove := flags.String("remove", "", "folder to remove at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(os.Stdin)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			lines <- append([]byte(nil), scanner.Bytes()...)
		}
	}()
	programs := map[string]*program{}
	out := json.NewEncoder(os.Stdout)
loop:
	for {
		select {
		case line, open := <-lines:
			if !open {
				break loop
			}
			_ = out.Encode(obey(programs, line)) // nobody reads any more: stdin will say so
		case <-terminated:
			break loop
		}
	}
	for _, p := range programs {
		p.kill(syscall.SIGKILL)
	}
	for _, p := range programs {
		<-p.gone
	}
	if *remove != "" {
		return os.RemoveAll(*remove)
	}
	return nil
}

func obey(programs map[string]*program, line []byte) answer {
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return answer{Error: err.Error()}
	}
	var err error
	switch o.Do {
	case "start":
		err = start(programs, o)
	case "signal":
		err = end(programs, o)
	case "list":
	default:
		err = fmt.Errorf("unknown order %q", o.Do)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Programs: list(programs)}
}

func start(programs map[string]*program, o order) error {
	if old, ok := programs[o.Name]; ok && old.running() {
		return fmt.Errorf("%s is running already", o.Name)
	}
	if len(o.Argv) == 0 {
		return errors.New("argv is empty")
	}
	log, err := os.OpenFile(o.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(o.Argv[0], o.Argv[1:]...)
	// A later entry wins over an earlier one.
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own, so that what KWOK runs for `kubectl exec` goes with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &program{name: o.Name, cmd: cmd, gone: make(chan struct{})}
	programs[o.Name] = p
	go func() {
		// Look without reaping: as long as the leader is a zombie the group's
		// number is nobody else's, and what the leader left can be killed safely.
		var info unix.Siginfo
		for unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		p.exit = cmd.ProcessState.String()
		close(p.gone)
	}()
	return nil
}

func end(programs map[string]*program, o order) error {
	p, ok := programs[o.Name]
	if !ok {
		return fmt.Errorf("%s does not run", o.Name)
	}
	if o.Signal == "TERM" {
		p.kill(syscall.SIGTERM)
		select {
		case <-p.gone:
		case <-time.After(10 * time.Second):
		}
	}
	p.kill(syscall.SIGKILL)
	<-p.gone
	// Ended on purpose: only what ended by itself is to show in the list.
	delete(programs, o.Name)
	return nil
}

func (p *program) running() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// kill signals the whole group of a program that still runs.
func (p *program) kill(signal syscall.Signal) {
	if p.running() {
		_ = syscall.Kill(-p.cmd.Process.Pid, signal)
	}
}

func list(programs map[string]*program) []programStatus {
	var all []programStatus
	for _, p := range programs {
		status := programStatus{Name: p.name, Pid: p.cmd.Process.Pid}
		if !p.running() {
			status.Exit = p.exit
		}
		all = append(all, status)
	}
	return all
}
