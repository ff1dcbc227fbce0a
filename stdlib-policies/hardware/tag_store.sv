// The tags of memory: as many banks as granules are read side by side, so that consecutive granules always lie in
// different ones.  Each bank is a memory with one port to read (a cycle later) and one to write, as block RAM has.
module tag_store #(
    parameter W = 1,
    parameter GRANULES = 2,      // a power of two
    parameter INDEX = 18,
    parameter DEPTH = 1 << 18    // granules, a multiple of GRANULES
) (
    input  logic                  clk,
    input  logic                  read_enable,  // else what was read stays
    input  logic [INDEX-1:0]      read_index,   // GRANULES granules from here on
    output logic [GRANULES*W-1:0] read_tags,
    input  logic [INDEX-1:0]      write_index,
    input  logic [GRANULES-1:0]   write_enable,
    input  logic [GRANULES*W-1:0] write_tags
);
    localparam ROWS = DEPTH / GRANULES, ROW = $clog2(ROWS), SHIFT = $clog2(GRANULES),
        SLOT = GRANULES > 1 ? SHIFT : 1;
    logic [GRANULES*W-1:0] held;
    logic [INDEX-1:0] held_index;
    always_ff @(posedge clk) if (read_enable) held_index <= read_index;
    genvar b;
    generate
        for (b = 0; b < GRANULES; b = b + 1) begin : bank
            logic [W-1:0] words [0:ROWS-1] /* verilator public_flat_rd */;
            logic [ROW-1:0] read_row, write_row;
            logic [SLOT-1:0] write_slot, slot;
            logic [W-1:0] word;
            // the only row of this bank among GRANULES granules from the index on, and its place among them
            assign read_row = ROW'((read_index + INDEX'(GRANULES - 1 - b)) >> SHIFT);
            assign write_row = ROW'((write_index + INDEX'(GRANULES - 1 - b)) >> SHIFT);
            assign write_slot = SLOT'((INDEX'(b) - write_index) & INDEX'(GRANULES - 1));
            // the bank that holds granule b of those read
            assign slot = SLOT'((INDEX'(b) + held_index) & INDEX'(GRANULES - 1));
            always_ff @(posedge clk) begin
                if (read_enable)
                    word <= words[read_row];
                if (write_enable[write_slot])
                    words[write_row] <= write_tags[write_slot*W +: W];
            end
            assign held[b*W +: W] = word;
            assign read_tags[b*W +: W] = held[slot*W +: W];
        end
    endgenerate
endmodule
