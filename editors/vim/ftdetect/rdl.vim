" Others use this ending too (SystemRDL), so what was detected before is overruled.
autocmd BufRead,BufNewFile *.rdl set filetype=rdl
