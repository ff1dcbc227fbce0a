// Where the operands and results of an instruction live, from its fields: as much of decoding as tags need.  The word
// is expanded; of words that are no instruction anything may be said.
module tag_operands (
    input  logic [31:0] insn,
    output logic        op1_fp,      // rs1 is a floating-point register
    output logic        op2_fp,
    output logic        op2_csr,     // the second operand is the CSR
    output logic        rd_fp,
    output logic        rd_written,  // false for x0
    output logic        csr_written,
    output logic [11:0] csr_cell,    // which of the CSRs that are views of one register holds the tags
    output logic        accesses,    // memory
    output logic [3:0]  size,        // of the access, in bytes
    output logic        stores,
    output logic        conditional, // sc: stores only if it succeeds
    output logic        returns_m,   // mret
    output logic        returns_s    // sret
);
    localparam [6:0] LOAD = 7'h03, LOAD_FP = 7'h07, STORE = 7'h23, STORE_FP = 7'h27, AMO = 7'h2f,
        OP_FP = 7'h53, SYSTEM = 7'h73;
    logic [6:0] opcode;
    logic [4:0] function5;
    logic [11:0] csr;
    logic fused, computes_fp;
    assign opcode = insn[6:0];
    assign function5 = insn[31:27];
    assign csr = insn[31:20];

    // fmadd, fmsub, fnmsub, fnmadd
    assign fused = opcode[6:4] == 3'b100 && opcode[1:0] == 2'b11;
    assign computes_fp = fused || opcode == OP_FP;
    // conversions and moves from integer registers
    assign op1_fp = computes_fp && !(opcode == OP_FP && (function5 == 5'h1a || function5 == 5'h1e));
    assign op2_fp = computes_fp || opcode == STORE_FP;
    // comparisons, conversions and moves to integer registers, classification
    assign rd_fp = opcode == LOAD_FP || (computes_fp
        && !(opcode == OP_FP && (function5 == 5'h14 || function5 == 5'h18 || function5 == 5'h1c)));
    assign rd_written = rd_fp || insn[11:7] != 5'd0;

    assign op2_csr = opcode == SYSTEM && insn[14:12] != 3'd0;
    // csrrw always writes; csrrs and csrrc with x0 or 0 do not
    assign csr_written = op2_csr && (insn[13:12] == 2'b01 || insn[19:15] != 5'd0);
    // counters: mcycle and its siblings, their high halves, and the user's views of both; time has no such register
    logic counter, is_time;
    assign counter = (csr[11:8] == 4'hb || csr[11:8] == 4'hc) && csr[6:5] == 2'd0;
    assign is_time = csr[11:8] == 4'hc && csr[4:0] == 5'd1;
    logic [11:0] other_cell;
    always_comb
        casez (csr)
            12'h001, 12'h002: other_cell = 12'h003;           // fflags, frm: fcsr
            12'h100, 12'h310: other_cell = 12'h300;           // sstatus, mstatush: mstatus
            12'h104: other_cell = 12'h304;                    // sie: mie
            12'h144: other_cell = 12'h344;                    // sip: mip
            12'h15d: other_cell = 12'h14d;                    // high halves that RV32 has
            12'h31a: other_cell = 12'h30a;
            12'h757: other_cell = 12'h747;
            12'h723, 12'b0111_0010_01??, 12'b0111_0010_1???, 12'b0111_0011_????:
                other_cell = csr - 12'h400;                   // mhpmevent
            default: other_cell = csr;
        endcase
    assign csr_cell = !counter ? other_cell : is_time ? 12'hc01 : {7'b1011000, csr[4:0]};

    assign accesses = opcode == LOAD || opcode == LOAD_FP || opcode == STORE || opcode == STORE_FP
        || opcode == AMO;
    assign size = 4'd1 << insn[13:12];
    assign conditional = opcode == AMO && function5 == 5'h03;
    assign stores = opcode == STORE || opcode == STORE_FP || (opcode == AMO && function5 != 5'h02);
    assign returns_m = insn == 32'h30200073;
    assign returns_s = insn == 32'h10200073;
endmodule
