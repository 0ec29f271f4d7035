package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// maxComplaint is how many bytes of what sendmail prints get into an error.
const maxComplaint = 500

// sendmail hands the mail to the program. Of its exit codes some say that the
// mail itself is wrong: usage, data, no such user, no such host.
func (m *Mail) sendmail(ctx context.Context, text []byte) error {
	runtime.LockOSThread() // as in Exec.run
	defer runtime.UnlockOSThread()
	printed := &firstBytes{}
	cmd := exec.CommandContext(ctx, m.o.Program, "-t", "-i")
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { killGroup(cmd.Process.Pid); return nil }
	cmd.WaitDelay = lingering
	cmd.Stdin = bytes.NewReader(text)
	cmd.Stdout, cmd.Stderr = printed, printed
	err := cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	complaint := fmt.Errorf("mail by %s: %w%s", quote(m.o.Program), err, optional(": ", printed.String()))
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && 64 <= exit.ExitCode() && exit.ExitCode() <= 68 {
		return Permanent(complaint)
	}
	return complaint
}

// firstBytes keeps the start of what is written to it.
type firstBytes struct{ kept []byte }

func (f *firstBytes) Write(b []byte) (int, error) {
	f.kept = append(f.kept, b[:min(len(b), maxComplaint-len(f.kept))]...)
	return len(b), nil
}

func (f *firstBytes) String() string { return strings.TrimSpace(string(f.kept)) }
