" Settings for rules of LoGS.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal expandtab shiftwidth=2 softtabstop=2
setlocal iskeyword+=-
setlocal suffixesadd=.rdl,.star
setlocal include=^\\s*\\%(include\\\|use\\)
if executable("logs")
  setlocal makeprg=logs\ check\ %:S
  setlocal errorformat=%f:%l:%c:\ %m,%-G%.%#
endif

let b:undo_ftplugin = "setlocal comments< commentstring< expandtab< shiftwidth< softtabstop< iskeyword< suffixesadd< include< makeprg< errorformat<"
