// The tag side of a core: what stands between a core's retire stage and pol_rule_table.
//
// Holds all tags (PC, registers, CSRs, memory), gathers those of an instruction's operands, asks the unit, and writes
// what it answers when the instruction retires.  One instruction at a time: the core shows it and holds it until `done`
// or `violation`.  README.md has the picture and the number of cycles.
//
// Parameters in the first group are the widths of the emitted pol_rule_table's ports.
module tag_core #(
    parameter W = 1,             // tag word
    parameter DOMAINS = 1,
    parameter DECIDER = 1,       // bits of decider, rule, tag
    parameter RULE = 1,
    parameter TAG = 1,
    parameter BYTES = 8,         // of memory with one tag word: 2, 4 or 8
    parameter FINE_BYTES = 2,    // the same where the page holds code: an instruction's parcel
    parameter [W-1:0] TRAP_MASK = 0, // the bits of PC tags that a trap replaces
    parameter GRANULES = 2,      // looked up side by side, a power of two
    parameter PIPELINE = 0,
    parameter SEGMENTS = 8,      // of tagged memory
    parameter DEPTH = 1 << 18    // granules of tagged memory, a multiple of GRANULES
) (
    input  logic               clk,
    input  logic               rst_n,

    // Initial tags, and what changes them from outside, while no instruction is shown.
    input  logic               load_valid,
    input  logic [3:0]         load_kind,     // LOAD_* below
    input  logic [31:0]        load_number,   // of the register, the granule in the store, the segment
    input  logic [W-1:0]       load_tag,
    input  logic [63:0]        load_start,    // a segment's first and last byte; load_first: the index
    input  logic [63:0]        load_end,      // of its first granule in the store
    input  logic [31:0]        load_first,
    input  logic               load_fine,

    // The instruction that is about to retire.
    input  logic               insn_valid,
    input  logic [63:0]        insn_pc,
    input  logic [31:0]        insn,          // compressed ones expanded
    input  logic               insn_is_c,
    input  logic               insn_has_addr, // false: the access trapped before its address was known
    input  logic [63:0]        insn_addr,     // of its data access
    input  logic               insn_sc_ok,    // a store-conditional that stores
    input  logic               insn_trapped,  // it raises a trap, and does not retire
    output logic               done,          // it retires now, or its trap may be taken

    // A trap or an interrupt is entered, while no instruction is shown.
    input  logic               trap,
    input  logic               trap_to_s,     // handled in S mode, else in M mode
    output logic               ready,         // for `trap` and `load_valid`

    // Raised in the cycle in which the instruction would retire, and held; nothing is written then or later, until the
    // core says `resume` because it has dealt with it, and shows another instruction.
    output logic               violation,
    input  logic               resume,
    output logic               untagged,      // fetch or access of memory without tags; else the unit's answer:
    output logic [1:0]         fail_kind,
    output logic [3:0]         cause,
    output logic [DECIDER-1:0] decider,
    output logic [RULE-1:0]    rule,
    output logic [TAG-1:0]     tag,
    output logic [1:0]         response
);
    localparam [3:0] LOAD_PC = 0, LOAD_X = 1, LOAD_F = 2, LOAD_CSR = 3, LOAD_MEMORY = 4, LOAD_TRAP = 5, LOAD_SAVED_M = 6,
        LOAD_SAVED_S = 7, LOAD_SEGMENT = 8;
    localparam INDEX = $clog2(DEPTH), SHIFT = $clog2(BYTES), FINE_SHIFT = $clog2(FINE_BYTES);
    // beats of an access are at most its bytes
    localparam BEATS = 8, BEAT = 3;

    // ---- state ------------------------------------------------------------------------------------------------------
    localparam [2:0] IDLE = 0, CODE = 1, CODE2 = 2, READ = 3, ASK = 4, WAIT = 5, WRITE = 6, LOST = 7;
    logic [2:0] state;
    logic stopped;
    logic [W-1:0] pc_tag /* verilator public_flat_rd */;
    logic [W-1:0] saved_m_tag /* verilator public_flat_rd */;
    logic [W-1:0] saved_s_tag /* verilator public_flat_rd */;
    logic [W-1:0] trap_tag;
    logic [W-1:0] x_tags [0:31] /* verilator public_flat_rd */;
    logic [W-1:0] f_tags [0:31] /* verilator public_flat_rd */;
    logic [W-1:0] csr_tags [0:4095] /* verilator public_flat_rd */;

    // ---- operands in registers --------------------------------------------------------------------------------------
    logic op1_fp, op2_fp, op2_csr, rd_fp, rd_written, csr_written, accesses, stores, conditional, returns_m, returns_s;
    logic [11:0] csr_cell;
    logic [3:0] size;
    tag_operands operands (.insn(insn), .op1_fp(op1_fp), .op2_fp(op2_fp), .op2_csr(op2_csr), .rd_fp(rd_fp),
        .rd_written(rd_written), .csr_written(csr_written), .csr_cell(csr_cell), .accesses(accesses), .size(size),
        .stores(stores), .conditional(conditional), .returns_m(returns_m), .returns_s(returns_s));
    logic [4:0] rd, rs1, rs2, rs3;
    assign rd = insn[11:7];
    assign rs1 = insn[19:15];
    assign rs2 = insn[24:20];
    assign rs3 = insn[31:27];
    logic [W-1:0] op1_tag, op2_tag, op3_tag, rd_tag, csr_tag;
    assign op1_tag = op1_fp ? f_tags[rs1] : x_tags[rs1];
    assign op2_tag = op2_csr ? csr_tag : op2_fp ? f_tags[rs2] : x_tags[rs2];
    assign op3_tag = f_tags[rs3];
    assign rd_tag = rd_fp ? f_tags[rd] : x_tags[rd];
    // a memory of its own, read while the instruction's own tags are
    always_ff @(posedge clk) csr_tag <= csr_tags[csr_cell];

    // ---- operands in memory: code first, then the access beat by beat -----------------------------------------------
    logic [63:0] at, look;
    logic [3:0] left, covered;
    logic hit, fine, wide;
    logic [INDEX-1:0] index, final_index;
    logic [7:0] code_granule;
    logic code_fine, code_lost, next_is_code, reads;
    assign code_granule = code_fine ? FINE_BYTES[7:0] : BYTES[7:0];
    // the word's second parcel lies in another granule
    assign wide = !insn_is_c && {5'd0, insn_pc[2:0] & (code_granule[2:0] - 3'd1)} + 8'd4 > code_granule;
    assign next_is_code = state == CODE && wide;
    assign reads = state == IDLE || state == CODE || state == CODE2 || state == READ;
    assign look = state == IDLE ? insn_pc : next_is_code ? insn_pc + 64'd2 : at;
    tag_map #(.SEGMENTS(SEGMENTS), .INDEX(INDEX), .SHIFT(SHIFT), .FINE_SHIFT(FINE_SHIFT)) map (.clk(clk), .rst_n(rst_n),
        .load(load_valid && load_kind == LOAD_SEGMENT), .load_number(load_number[7:0]), .load_start(load_start),
        .load_end(load_end), .load_first(load_first[INDEX-1:0]), .load_fine(load_fine), .address(look), .hit(hit),
        .fine(fine), .index(index), .final_index(final_index));
    logic [GRANULES*BYTES-1:0] byte_mask, beat_mask;
    tag_beat #(.GRANULES(GRANULES), .INDEX(INDEX), .BYTES(BYTES), .FINE_BYTES(FINE_BYTES)) beat (.address(at[2:0]),
        .left(left), .fine(fine), .index(index), .final_index(final_index), .byte_mask(byte_mask), .covered(covered));

    logic [GRANULES*W-1:0] store_tags, write_tags;
    logic [INDEX-1:0] write_index;
    logic [GRANULES-1:0] write_enable;
    tag_store #(.W(W), .GRANULES(GRANULES), .INDEX(INDEX), .DEPTH(DEPTH)) store (.clk(clk), .read_enable(reads),
        .read_index(index), .read_tags(store_tags), .write_index(write_index), .write_enable(write_enable), .write_tags(write_tags));

    logic [W-1:0] ci_tag, ci2_tag;
    logic beat_first, beat_last, beat_fine;
    logic [INDEX-1:0] beat_index;

    // ---- the unit ---------------------------------------------------------------------------------------------------
    logic in_valid, in_ready, taken, commit, discard, out_valid, out_last, allow;
    logic [1:0] u_kind, u_response;
    logic [3:0] u_cause, written;
    logic [DECIDER-1:0] u_decider;
    logic [RULE-1:0] u_rule;
    logic [TAG-1:0] u_tag;
    logic [W-1:0] pc_out, rd_out, csr_out;
    logic [GRANULES*W-1:0] mem_out;
    logic [DOMAINS-1:0] pc_we, rd_we, csr_we;
    logic [GRANULES*DOMAINS-1:0] mem_we;
    assign in_valid = state == ASK;
    assign taken = in_valid && in_ready;
    pol_rule_table #(.GRANULES(GRANULES), .PIPELINE(PIPELINE)) unit (.clk(clk), .rst_n(rst_n), .in_valid(in_valid),
        .in_ready(in_ready), .in_first(beat_first), .in_last(beat_last), .insn(insn), .is_c(insn_is_c), .pc_tag(pc_tag),
        .ci_tag(ci_tag), .ci2_tag(ci2_tag), .op1_tag(op1_tag), .op2_tag(op2_tag), .op3_tag(op3_tag), .rd_tag(rd_tag),
        .csr_tag(csr_tag), .mem_tag(store_tags), .byte_mask(beat_mask), .mem_fine(beat_fine), .commit(commit),
        .discard(discard), .out_valid(out_valid), .out_last(out_last), .allow(allow), .fail_kind(u_kind),
        .cause(u_cause), .decider(u_decider), .rule(u_rule), .tag(u_tag), .response(u_response), .rules(), .reports(),
        .written(written), .fails(), .pc_out(pc_out), .rd_out(rd_out), .csr_out(csr_out), .mem_out(mem_out),
        .pc_we(pc_we), .rd_we(rd_we), .csr_we(csr_we), .mem_we(mem_we));

    // ---- one instruction --------------------------------------------------------------------------------------------
    logic answered, lost, good, writes;
    logic [BEAT:0] asked, heard, wrote;   // beats
    assign answered = out_last && (state == ASK || state == WAIT);
    assign lost = state == LOST && asked == heard;
    assign good = answered && allow && !insn_trapped;
    // an access that trapped may have been to no memory at all
    assign done = (answered && allow) || (lost && insn_trapped && !code_lost);
    assign commit = good;
    assign discard = answered && !good;
    assign writes = stores && (!conditional || insn_sc_ok);
    assign ready = state == IDLE && !stopped;

    // the instruction's own tags are known: is there memory to access, if it does?
    logic finds;
    assign finds = !accesses || (insn_has_addr && hit);

    always_ff @(posedge clk)
        if (!rst_n) begin
            state <= IDLE;
            stopped <= 1'b0;
        end else begin
            case (state)
                IDLE: if (insn_valid && !stopped) state <= hit ? CODE : LOST;
                CODE: state <= wide ? (hit ? CODE2 : LOST) : finds ? ASK : LOST;
                CODE2, READ: state <= finds ? ASK : LOST;
                ASK: if (answered) state <= good && writes ? WRITE : IDLE;
                    else if (taken) state <= beat_last ? WAIT : READ;
                WAIT: if (answered) state <= good && writes ? WRITE : IDLE;
                WRITE: if (wrote + 1'b1 == heard) state <= IDLE;
                LOST: if (lost) state <= IDLE;
            endcase
            if (violation)
                stopped <= !resume;
        end

    always_ff @(posedge clk) begin
        if (state == IDLE) begin
            at <= insn_addr;
            left <= size;
            code_fine <= fine;
            code_lost <= 1'b1;
            beat_first <= 1'b1;
            asked <= 0;
            heard <= 0;
            wrote <= 0;
        end
        if (state == CODE) begin
            ci_tag <= store_tags[W-1:0];
            ci2_tag <= store_tags[W-1:0];
            code_lost <= wide && !hit;
        end
        if (state == CODE2)
            ci2_tag <= store_tags[W-1:0];
        if ((state == CODE && !wide) || state == CODE2 || state == READ) begin
            beat_mask <= accesses ? byte_mask : {GRANULES*BYTES{1'b0}};
            beat_last <= !accesses || covered == left;
            beat_fine <= fine;
            beat_index <= index;
            at <= at + {60'd0, covered};
            left <= left - covered;
        end
        if (taken) begin
            asked <= asked + 1'b1;
            beat_first <= 1'b0;
        end
        if (state != IDLE)
            heard <= heard + {{BEAT{1'b0}}, out_valid};
        if (state == WRITE)
            wrote <= wrote + 1'b1;
    end

    // ---- writing what the unit gave ---------------------------------------------------------------------------------
    logic [BEATS*INDEX-1:0] kept_index;
    logic [BEATS*GRANULES*W-1:0] kept_tags;
    logic [BEATS*GRANULES-1:0] kept_enable;
    logic [GRANULES-1:0] mem_enable;
    genvar g;
    generate
        for (g = 0; g < GRANULES; g = g + 1) begin : enable
            assign mem_enable[g] = |mem_we[g*DOMAINS +: DOMAINS];
        end
    endgenerate
    always_ff @(posedge clk) begin
        if (taken)
            kept_index[asked[BEAT-1:0]*INDEX +: INDEX] <= beat_index;
        if (out_valid) begin
            kept_tags[heard[BEAT-1:0]*GRANULES*W +: GRANULES*W] <= mem_out;
            kept_enable[heard[BEAT-1:0]*GRANULES +: GRANULES] <= mem_enable;
        end
    end
    logic load_memory;
    assign load_memory = load_valid && load_kind == LOAD_MEMORY;
    assign write_index = load_memory ? load_number[INDEX-1:0] : kept_index[wrote[BEAT-1:0]*INDEX +: INDEX];
    assign write_tags = load_memory ? {GRANULES{load_tag}}
        : kept_tags[wrote[BEAT-1:0]*GRANULES*W +: GRANULES*W];
    assign write_enable = load_memory ? {{GRANULES-1{1'b0}}, 1'b1}
        : state == WRITE ? kept_enable[wrote[BEAT-1:0]*GRANULES +: GRANULES] : {GRANULES{1'b0}};

    logic [W-1:0] new_pc_tag, saved_tag;
    assign new_pc_tag = pc_we != 0 ? pc_out : pc_tag;
    assign saved_tag = returns_m ? saved_m_tag : saved_s_tag;
    always_ff @(posedge clk) begin
        if (good)
            pc_tag <= returns_m || returns_s ? (new_pc_tag & ~TRAP_MASK) | (saved_tag & TRAP_MASK) : new_pc_tag;
        if (good && rd_written && rd_we != 0) begin
            if (rd_fp)
                f_tags[rd] <= rd_out;
            else
                x_tags[rd] <= rd_out;
        end
        if (good && csr_written && csr_we != 0)
            csr_tags[csr_cell] <= csr_out;
        if (trap && ready) begin
            pc_tag <= (pc_tag & ~TRAP_MASK) | (trap_tag & TRAP_MASK);
            if (trap_to_s)
                saved_s_tag <= pc_tag;
            else
                saved_m_tag <= pc_tag;
        end
        if (load_valid)
            case (load_kind)
                LOAD_PC: pc_tag <= load_tag;
                LOAD_X: x_tags[load_number[4:0]] <= load_tag;
                LOAD_F: f_tags[load_number[4:0]] <= load_tag;
                LOAD_CSR: csr_tags[load_number[11:0]] <= load_tag;
                LOAD_TRAP: trap_tag <= load_tag;
                LOAD_SAVED_M: saved_m_tag <= load_tag;
                LOAD_SAVED_S: saved_s_tag <= load_tag;
                default: ;
            endcase
    end

    // ---- violations -------------------------------------------------------------------------------------------------
    localparam REPORT = 1 + 2 + 4 + DECIDER + RULE + TAG + 2;
    logic [REPORT-1:0] report, held_report;
    logic fails;
    assign fails = (answered && !allow) || (lost && !done);
    assign report = lost ? {1'b1, 2'd1, 4'd0, {DECIDER+RULE+TAG{1'b1}}, 2'd0}
        : {1'b0, u_kind, u_cause, u_decider, u_rule, u_tag, u_response};
    always_ff @(posedge clk)
        if (fails) held_report <= report;
    assign violation = fails || stopped;
    assign {untagged, fail_kind, cause, decider, rule, tag, response} = fails ? report
        : stopped ? held_report : {REPORT{1'b0}};

    logic unused;
    assign unused = &{1'b0, written, load_number, load_first};
endmodule
