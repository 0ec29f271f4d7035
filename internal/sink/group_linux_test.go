package sink

import (
	"context"
	"os"
	"os/exec"
	"testing"
)

// TestChildEndsWithItsParent: even when this program is killed at once, what
// it runs does not go on.
func TestChildEndsWithItsParent(t *testing.T) {
	held, gate := fifo(t), fifo(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "SINK_TEST_PARENT=exec 3>"+held+"; read x <"+gate)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	f := running(t, held)
	parent.Process.Kill()
	parent.Wait()
	waitForEnd(t, f)
}

// TestStrangerHoldsTheOutput: what has left the group is not killed, and not
// waited for when the time is up.
func TestStrangerHoldsTheOutput(t *testing.T) {
	w := newWorld(t, Options{})
	held, gate := fifo(t), fifo(t)
	w.do(shell(`setsid sh -c 'exec 3>$1; read x <$2' sh $1 $2`, held, gate))
	f := running(t, held)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.Close(ctx)
	w.failed("killed, since the engine is ending")
	open, err := os.OpenFile(gate, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	open.Close() // which lets the stranger end
	waitForEnd(t, f)
}
