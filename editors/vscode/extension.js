// Starts "logs lsp" and speaks the Language Server Protocol with it. It uses
// nothing but the editor and Node, so there is nothing to install or bundle.
"use strict";

const vscode = require("vscode");
const { spawn } = require("child_process");

const language = { language: "rdl" };

// A Connection is a running server: requests are promises, and what it tells by
// itself goes to the handlers.
class Connection {
  constructor(program, handlers, ended) {
    this.handlers = handlers;
    this.waiting = new Map();
    this.nextID = 1;
    this.input = Buffer.alloc(0);
    this.process = spawn(program, ["lsp"], { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout.on("data", (data) => this.read(data));
    this.process.stderr.on("data", (data) => handlers.stderr(String(data)));
    this.process.stdin.on("error", () => {}); // its end is told by exit
    this.process.on("error", (err) => this.end(err.message, ended));
    this.process.on("exit", (code) => this.end(`it ended with code ${code}`, ended));
  }

  end(why, ended) {
    if (this.over) return;
    this.over = true;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
    if (!this.stopping) ended(why);
  }

  read(data) {
    this.input = Buffer.concat([this.input, data]);
    for (;;) {
      const head = this.input.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = /content-length: *(\d+)/i.exec(this.input.toString("latin1", 0, head));
      const end = head + 4 + Number(length ? length[1] : 0);
      if (this.input.length < end) return;
      const message = JSON.parse(this.input.toString("utf8", head + 4, end));
      this.input = this.input.subarray(end);
      this.take(message);
    }
  }

  take(message) {
    if (message.method) {
      const handler = this.handlers[message.method];
      if (handler) handler(message.params);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (!waiting) return;
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    if (!this.over) this.process.stdin.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }

  notify(method, params) {
    this.send({ method, params });
  }

  request(method, params) {
    if (this.over) return Promise.reject(new Error("the language server is not running"));
    const id = this.nextID++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  async stop() {
    this.stopping = true;
    await this.request("shutdown").catch(() => {});
    this.notify("exit");
  }
}

// The protocol and the editor count lines and columns alike.
const toRange = (r) => new vscode.Range(r.start.line, r.start.character, r.end.line, r.end.character);
const toLocation = (l) => new vscode.Location(vscode.Uri.parse(l.uri), toRange(l.range));
const toMarkdown = (m) => new vscode.MarkdownString(m.value);
const plainRange = (r) => ({ start: { line: r.start.line, character: r.start.character }, end: { line: r.end.line, character: r.end.character } });

function toEdit(edit) {
  const all = new vscode.WorkspaceEdit();
  for (const [uri, edits] of Object.entries(edit.changes)) {
    all.set(vscode.Uri.parse(uri), edits.map((e) => new vscode.TextEdit(toRange(e.range), e.newText)));
  }
  return all;
}

function toDiagnostic(d) {
  const all = new vscode.Diagnostic(toRange(d.range), d.message, d.severity - 1);
  all.source = d.source;
  all.code = d.code;
  return all;
}

function toSymbol(s) {
  const symbol = new vscode.DocumentSymbol(s.name, s.detail || "", s.kind - 1, toRange(s.range), toRange(s.selectionRange));
  symbol.children = (s.children || []).map(toSymbol);
  return symbol;
}

function toCompletion(i) {
  const item = new vscode.CompletionItem(i.label, i.kind - 1);
  item.detail = i.detail;
  item.documentation = i.documentation && toMarkdown(i.documentation);
  item.sortText = i.sortText;
  item.range = toRange(i.textEdit.range);
  item.insertText = i.insertTextFormat === 2 ? new vscode.SnippetString(i.textEdit.newText) : i.textEdit.newText;
  return item;
}

// providers answer the editor by asking the server.
function providers(ask) {
  const at = (document, position, more) => ({ textDocument: { uri: document.uri.toString() }, position: { line: position.line, character: position.character }, ...more });
  const about = (document, more) => ({ textDocument: { uri: document.uri.toString() }, ...more });
  const list = (items, f) => (items || []).map(f);
  const register = vscode.languages;
  return [
    register.registerHoverProvider(language, {
      provideHover: async (d, p) => {
        const h = await ask("textDocument/hover", at(d, p));
        return h && new vscode.Hover(toMarkdown(h.contents), toRange(h.range));
      },
    }),
    register.registerCompletionItemProvider(language, {
      provideCompletionItems: async (d, p) => list((await ask("textDocument/completion", at(d, p)) || {}).items, toCompletion),
    }, ".", "{"),
    register.registerDefinitionProvider(language, {
      provideDefinition: async (d, p) => list(await ask("textDocument/definition", at(d, p)), toLocation),
    }),
    register.registerReferenceProvider(language, {
      provideReferences: async (d, p, context) => list(await ask("textDocument/references", at(d, p, { context: { includeDeclaration: context.includeDeclaration } })), toLocation),
    }),
    register.registerDocumentHighlightProvider(language, {
      provideDocumentHighlights: async (d, p) => list(await ask("textDocument/documentHighlight", at(d, p)), (h) => new vscode.DocumentHighlight(toRange(h.range))),
    }),
    register.registerRenameProvider(language, {
      prepareRename: async (d, p) => toRange(await ask("textDocument/prepareRename", at(d, p), true)),
      provideRenameEdits: async (d, p, newName) => toEdit(await ask("textDocument/rename", at(d, p, { newName }), true)),
    }),
    register.registerDocumentSymbolProvider(language, {
      provideDocumentSymbols: async (d) => list(await ask("textDocument/documentSymbol", about(d)), toSymbol),
    }),
    register.registerDocumentFormattingEditProvider(language, {
      provideDocumentFormattingEdits: async (d) => list(await ask("textDocument/formatting", about(d)), (e) => new vscode.TextEdit(toRange(e.range), e.newText)),
    }),
    register.registerCodeActionsProvider(language, {
      provideCodeActions: async (d, range) => list(await ask("textDocument/codeAction", about(d, { range: plainRange(range), context: { diagnostics: [] } })), (a) => {
        const action = new vscode.CodeAction(a.title, vscode.CodeActionKind.QuickFix);
        action.edit = toEdit(a.edit);
        action.diagnostics = list(a.diagnostics, toDiagnostic);
        return action;
      }),
    }, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }),
    register.registerCodeLensProvider(language, {
      provideCodeLenses: async (d) => list(await ask("textDocument/codeLens", about(d)), (l) => new vscode.CodeLens(toRange(l.range), l.command)),
    }),
  ];
}

// A Client keeps a server running and told of the documents that are open.
class Client {
  constructor(output) {
    this.output = output;
    this.diagnostics = vscode.languages.createDiagnosticCollection("logs");
  }

  async start() {
    const settings = vscode.workspace.getConfiguration("logs");
    const folder = (vscode.workspace.workspaceFolders || [])[0];
    const server = new Connection(settings.get("path"), {
      stderr: (text) => this.output.append(text),
      "textDocument/publishDiagnostics": (p) => this.diagnostics.set(vscode.Uri.parse(p.uri), p.diagnostics.map(toDiagnostic)),
      "window/logMessage": (p) => this.output.appendLine(p.message),
      "window/showMessage": (p) => (p.type === 1 ? vscode.window.showErrorMessage : vscode.window.showInformationMessage)(p.message),
    }, (why) => this.ended(settings.get("path"), why));
    this.server = server;
    await server.request("initialize", {
      processId: process.pid,
      rootUri: folder ? folder.uri.toString() : null,
      initializationOptions: { rules: settings.get("rules") },
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
    });
    server.notify("initialized", {});
    vscode.workspace.textDocuments.forEach((d) => this.opened(d));
  }

  async ended(program, why) {
    this.diagnostics.clear();
    const again = await vscode.window.showErrorMessage(`LoGS: "${program} lsp" is not running: ${why}. Is logs.path right?`, "Start again");
    if (again) this.restart();
  }

  async restart() {
    await this.stop();
    await this.start().catch(() => {}); // ended tells
  }

  async stop() {
    if (this.server) await this.server.stop();
    this.diagnostics.clear();
  }

  opened(document) {
    if (document.languageId !== "rdl") return;
    this.server.notify("textDocument/didOpen", { textDocument: { uri: document.uri.toString(), languageId: "rdl", version: document.version, text: document.getText() } });
  }

  changed(event) {
    if (event.document.languageId !== "rdl" || event.contentChanges.length === 0) return;
    this.server.notify("textDocument/didChange", {
      textDocument: { uri: event.document.uri.toString(), version: event.document.version },
      contentChanges: event.contentChanges.map((c) => ({ range: plainRange(c.range), text: c.text })),
    });
  }

  tell(method, document) {
    if (document.languageId === "rdl") this.server.notify(method, { textDocument: { uri: document.uri.toString() } });
  }

  // ask returns nothing where the server has no answer, unless the user should
  // learn why.
  ask(method, params, loud) {
    const answer = this.server.request(method, params);
    return loud ? answer : answer.catch(() => null);
  }

  async runTest(...args) {
    const results = await this.server.request("workspace/executeCommand", { command: "logs.runTest", arguments: args });
    for (const r of results) this.output.appendLine(`${r.passed ? "ok  " : "FAIL"} ${r.name}${r.failure ? "\n" + r.failure : ""}`);
    if (results.some((r) => !r.passed)) this.output.show(true);
  }
}

let client;

async function activate(context) {
  const output = vscode.window.createOutputChannel("LoGS");
  const begin = () => {
    client = new Client(output);
    const watcher = vscode.workspace.createFileSystemWatcher("**/*.{rdl,star}");
    const files = () => client.server.notify("workspace/didChangeWatchedFiles", { changes: [] });
    const events = vscode.workspace;
    context.subscriptions.push(client.diagnostics, watcher,
      watcher.onDidChange(files), watcher.onDidCreate(files), watcher.onDidDelete(files),
      vscode.commands.registerCommand("logs.restart", () => client.restart()),
      vscode.commands.registerCommand("logs.runTest", (...args) => client.runTest(...args).catch((err) => vscode.window.showErrorMessage(`LoGS: ${err.message}`))));
    const started = client.start().catch(() => {}); // ended tells
    context.subscriptions.push(
      events.onDidOpenTextDocument((d) => client.opened(d)),
      events.onDidChangeTextDocument((e) => client.changed(e)),
      events.onDidSaveTextDocument((d) => client.tell("textDocument/didSave", d)),
      events.onDidCloseTextDocument((d) => client.tell("textDocument/didClose", d)),
      events.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration("logs.path")) client.restart();
        else if (e.affectsConfiguration("logs.rules")) client.server.notify("workspace/didChangeConfiguration", { settings: { logs: { rules: events.getConfiguration("logs").get("rules") } } });
      }),
      ...providers((...args) => client.ask(...args)));
    return started;
  };
  context.subscriptions.push(output);
  if (vscode.workspace.isTrusted) await begin();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(begin));
}

async function deactivate() {
  if (client) await client.stop();
}

module.exports = { activate, deactivate };
