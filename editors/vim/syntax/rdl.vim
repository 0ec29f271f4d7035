" Colours for rules of LoGS. The lists of words are those of the language: a
" test of the project holds them equal.
if exists("b:current_syntax")
  finish
endif

syn iskeyword @,48-57,_,-,192-255

" Words that mean several things take the colour of the last line they are in.
syn keyword rdlJoint as before by else event file first from full into last most no nothing order out per subject timeout times to variables vars within
syn keyword rdlEffect alert ban exec forward mail pipe post print send unban write
syn keyword rdlSeverity critical high low medium
syn keyword rdlTime cron friday midnight monday noon saturday sunday thursday tuesday wednesday
syn keyword rdlStep after expect given
syn keyword rdlStatement add alert alias at ban call clear context delete emit end every exec for forward if in mail pipe post print rule send set stop store unban window write
syn keyword rdlClause any bind binding continue continuing distinct do doing exec filtering lasting length lives-after-timeout match matches matching max-lines min-lines missing on once step storing strict timing until where with write
syn keyword rdlDeclaration alias at context during every include let outside pattern rule ruleset sequence sink source test use window
syn keyword rdlMatch event everything function nothing regexp
syn keyword rdlConstant false nil true
syn keyword rdlOperator and endsWith exists in matches not or startsWith
" Vim does not take this one as a keyword.
syn match rdlOperator /\<contains\>/
syn match rdlFunction /\<\%(abs\|cidr\|count\|duration\|endsWith\|env\|first\|float\|format\|hostname\|html\|int\|isPrivate\|join\|last\|len\|lookup\|lower\|max\|min\|replace\|round\|sort\|split\|startsWith\|sum\|table\|tally\|time\|trim\|unique\|upper\|matches\)(\@=/
syn match rdlField /[[:alnum:]_)\]]\@1<=\.\a[[:alnum:]_]*\%(-[[:alnum:]_]\+\)*/

syn match rdlNumber /\<\d\+\%(\.\d\+\)\?\%([eE][+-]\?\d\+\)\?\>/
syn match rdlNumber /\<\%(\d\+\%(ms\|us\|ns\|[wdhms]\)\)\+\>/
syn match rdlNumber /\<\d\+\%([KMG]i\?\)\?B\>/

syn cluster rdlCode contains=rdlDeclaration,rdlClause,rdlStatement,rdlStep,rdlMatch,rdlOperator,rdlConstant,rdlFunction,rdlSeverity,rdlTime,rdlEffect,rdlJoint,rdlNumber,rdlField,rdlText,rdlRaw
syn region rdlText start=/"/ skip=/\\./ end=/"/ oneline contains=rdlEscape,rdlTemplate
syn region rdlTriple start=/"""/ end=/"""/
syn region rdlRaw start=/`/ end=/`/
syn region rdlTemplate matchgroup=rdlBrace start=/{/ end=/}/ contained oneline contains=@rdlCode
syn match rdlEscape /\\["\\nt{}]/ contained

syn region rdlPattern start=/\%(\<\%(matching\|match\|matches\|filtering\|until\)\s\+\%(not\s\+\|(\s*\)*\)\@40<="/ skip=/\\./ end=/"/ oneline contains=rdlPatternEscape,rdlHole,rdlGroup
syn region rdlPattern start=/\%("\s\+\%(and\|or\)\s\+\%(not\s\+\)\?\)\@20<="/ skip=/\\./ end=/"/ oneline contains=rdlPatternEscape,rdlHole,rdlGroup
syn region rdlPattern start=/\%(\<\%(step\|pattern\)\s\+\k\+\s\+\)\@60<="/ skip=/\\./ end=/"/ oneline contains=rdlPatternEscape,rdlHole,rdlGroup
syn match rdlPatternEscape /\\[pP]{\w\+}\|\\./ contained
syn match rdlHole /{\a[[:alnum:]_-]*\%(:\w\+\)\?}/ contained
syn match rdlGroup /(?P\?<\w\+>/ contained

syn match rdlComment /#.*/ contains=@Spell,rdlTodo
syn keyword rdlTodo TODO FIXME XXX contained

hi def link rdlDeclaration Structure
hi def link rdlClause Keyword
hi def link rdlStatement Statement
hi def link rdlStep Statement
hi def link rdlJoint Keyword
hi def link rdlMatch Keyword
hi def link rdlOperator Operator
hi def link rdlConstant Boolean
hi def link rdlSeverity Constant
hi def link rdlTime Constant
hi def link rdlEffect Constant
hi def link rdlFunction Function
hi def link rdlField Identifier
hi def link rdlNumber Number
hi def link rdlText String
hi def link rdlTriple String
hi def link rdlRaw String
hi def link rdlPattern String
hi def link rdlEscape SpecialChar
hi def link rdlPatternEscape SpecialChar
hi def link rdlBrace Delimiter
hi def link rdlHole Identifier
hi def link rdlGroup Identifier
hi def link rdlComment Comment
hi def link rdlTodo Todo

let b:current_syntax = "rdl"
