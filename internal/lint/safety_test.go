package lint_test

import "testing"

func TestSafety(t *testing.T) {
	rule := func(do string) string {
		return "let own = \"x\"\nrule r { matching \"link (\\S+)\"; binding (v); doing {\n" + do + "\nprint v + own } }"
	}
	run(t, []lintCase{
		{"a shell", rule(`exec "sh" "-c" "echo {v}"`), "L050:3"},
		{"a shell by its path, with more options", rule(`exec "/bin/bash" "-lc" "echo {v}"`), "L050:3"},
		{"a shell behind a wrapper", rule(`exec "sudo" "-n" "sh" "-c" "echo {v}"`), "L050:3"},
		{"a shell in a pipe", rule(`pipe msg to "sh" "-c" "cat > /tmp/{v}"`), "L050:3"},
		{"another reader of code", rule(`exec "perl" "-e" "print '{v}'"`), "L050:3"},
		{"the other side's shell", rule(`exec "ssh" "host" "logger {v}"`), "L050:3"},
		{"a part of the message", rule(`exec "sh" "-c" "echo {msg.text}"`), "L050:3"},
		{"an argument behind the code", rule("exec \"sh\" \"-c\" `echo \"$1\"` \"sh\" \"{v}\""), ""},
		{"code of the rules", rule(`exec "sh" "-c" "echo {own} {now}"`), ""},
		{"a variable of the rules", `rule r { matching "link"; with cmd = "echo" + "x"; doing exec "sh" "-c" "{cmd}" }`, ""},
		{"a variable that is set", `let cmd = "echo"
rule r { matching "link (\S+)"; binding (v); doing { set cmd = v; exec "sh" "-c" "{cmd}" } }`, "L050:2"},
		{"a variable of a variable", `rule r { matching "link (\S+)"; binding (v); doing rule { matching "x{v}"; once; lasting 1m
with cmd = "echo {v}"; doing exec "sh" "-c" "{cmd}" } }`, "L050:2"},
		{"a let that a binding hides", `let cmd = "echo"
rule r { matching "link (\S+)"; binding (cmd); doing exec "sh" "-c" "{cmd}" }
rule s { matching "{cmd}xx"; doing print "s" }`, "L010:2 L050:2"},
		{"a function of what the log holds", rule(`exec "sh" "-c" "echo {upper(v)}"`), "L050:3"},
		{"a script", rule(`exec "sh" "/opt/x.sh" "{v}"`), ""},
		{"a program that is no shell", rule(`exec "grep" "-c" "{v}" "/etc/hosts"`), ""},
		{"a program from the log", rule(`exec "/opt/{v}"`), "L051:3"},
		{"a file from the log", rule(`write msg to "/{v}"`), "L052:3"},
		{"a file from the log, by a name", rule(`write msg to v`), "L052:3"},
		{"a file in a folder", rule(`write msg to "/var/log/{v}"`), ""},
		{"a file in a folder of a let", rule(`write msg to "{own}/{v}"`), ""},
		{"a mail for every line", rule(`mail msg to "ops@example.org"`), "L053:3"},
		{"a mail for every line, in a window of time", `during "Tue 09:00-13:00" { rule r { matching "link"; doing mail msg to "ops@example.org" } }`, "L053:1"},
		{"a mail of a rule that dies", `rule r { matching "link"; once; doing mail msg to "ops@example.org" }`, ""},
		{"a ban for every line", rule(`ban v for 1h`), "L053:3"},
		{"a ban that is lifted", rule(`unban v`), ""},
		{"a ban that is thought over", rule(`if v == "x" { ban v for 1h }`), ""},
		{"a ban with a condition", `rule r { matching "link (\S+)"; binding (v); where v != "x"; doing ban v for 1h }`, ""},
		{"a ban for an event", `rule r { matching event e; binding (v); doing ban v for 1h }`, ""},
		{"a ban of oneself", rule(`if v == "x" { ban "{msg.host}" for 1h }`), "L054:3"},
		{"a ban of the rules", rule(`if v == "x" { ban "192.0.2.1" for 1h }`), "L054:3"},
		{"a ban of a field", rule(`if v == "x" { ban msg.fields.client for 1h }`), ""},
	})
}
