#include "textflag.h"

// func pairWide(text *byte, n, apart int, first, second byte) int
//
// The places of 64 bytes, then of 32, at which the one stands, and those at which
// the other does behind it, are compared at once. The last 32 places are looked at
// together, though some may have been before: nothing was found there.
TEXT ·pairWide(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ apart+16(FP), DI
	ADDQ SI, DI
	VPBROADCASTB first+24(FP), Y0
	VPBROADCASTB second+25(FP), Y1
	XORQ AX, AX      // the place
	SUBQ $32, CX     // the last place of which 32 can be looked at
	LEAQ -32(CX), DX // and of which 64 can

two:
	CMPQ AX, DX
	JGT one
	VPCMPEQB (SI)(AX*1), Y0, Y2
	VPCMPEQB (DI)(AX*1), Y1, Y3
	VPCMPEQB 32(SI)(AX*1), Y0, Y4
	VPCMPEQB 32(DI)(AX*1), Y1, Y5
	VPAND Y2, Y3, Y2
	VPAND Y4, Y5, Y4
	VPOR Y2, Y4, Y3
	VPTEST Y3, Y3
	JNZ among
	ADDQ $64, AX
	JMP two

among:
	VPMOVMSKB Y2, BX
	TESTL BX, BX
	JNZ found
	VPMOVMSKB Y4, BX
	ADDQ $32, AX
	JMP found

one:
	CMPQ AX, CX
	JLE last
	MOVQ CX, R8
	ADDQ $32, R8
	CMPQ AX, R8
	JGE none
	MOVQ CX, AX

last:
	VPCMPEQB (SI)(AX*1), Y0, Y2
	VPCMPEQB (DI)(AX*1), Y1, Y3
	VPAND Y2, Y3, Y2
	VPMOVMSKB Y2, BX
	TESTL BX, BX
	JNZ found
	ADDQ $32, AX
	JMP one

none:
	VZEROUPPER
	MOVQ $-1, ret+32(FP)
	RET

found:
	TZCNTL BX, BX
	ADDQ BX, AX
	VZEROUPPER
	MOVQ AX, ret+32(FP)
	RET
