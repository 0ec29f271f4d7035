#include "textflag.h"

// func startsWide(dst *uint32, text *byte, size, base int) int
//
// The newlines of 64 bytes are the bits of a word, of which the lowest is taken and
// cleared again and again. Two are written at once, whether there are any or not,
// and dst goes on by as many as there were: so the usual word takes no branch.
TEXT ·startsWide(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ size+16(FP), CX
	MOVQ base+24(FP), DX
	MOVQ DI, R12
	MOVQ $'\n', AX
	MOVQ AX, X0
	VPBROADCASTB X0, Y0

step:
	VPCMPEQB (SI), Y0, Y1
	VPCMPEQB 32(SI), Y0, Y2
	VPMOVMSKB Y1, AX
	VPMOVMSKB Y2, BX
	SHLQ $32, BX
	ORQ BX, AX
	POPCNTQ AX, R8

	TZCNTQ AX, R9
	ADDL DX, R9
	MOVL R9, (DI)
	BLSRQ AX, AX
	TZCNTQ AX, R9
	ADDL DX, R9
	MOVL R9, 4(DI)
	CMPQ R8, $2
	JHI more

next:
	LEAQ (DI)(R8*4), DI
	ADDQ $64, SI
	ADDQ $64, DX
	SUBQ $64, CX
	JNE step

	VZEROUPPER
	SUBQ R12, DI
	SHRQ $2, DI
	MOVQ DI, ret+32(FP)
	RET

more:
	LEAQ 8(DI), R10
	BLSRQ AX, AX

another:
	TZCNTQ AX, R9
	ADDL DX, R9
	MOVL R9, (R10)
	ADDQ $4, R10
	BLSRQ AX, AX
	JNE another
	JMP next
