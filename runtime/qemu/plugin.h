/* The part of QEMU's plugin interface, version 1 (QEMU 6.0 to 8.2), that the recorder calls. Debian
 * ships the emulators without the header; declarations of an interface are all that is needed, QEMU
 * resolves the names when it loads the plugin. */
#ifndef POL_QEMU_PLUGIN_H
#define POL_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QEMU_PLUGIN_INTERFACE = 1 };

struct qemu_plugin_tb;   /* a block being translated */
struct qemu_plugin_insn; /* an instruction of it, valid during translation only */

struct qemu_plugin_info {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus, max_vcpus;
    } system;
};

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };

typedef void qemu_plugin_translated(uint64_t id, struct qemu_plugin_tb *tb);
typedef void qemu_plugin_executed(unsigned vcpu, void *user);
typedef void qemu_plugin_accessed(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user);
typedef void qemu_plugin_exited(uint64_t id, void *user);

/* What QEMU looks for in a plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc, char **argv);

/* What QEMU offers.  A memory callback comes after the access, so one that faults has none. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_plugin_translated *call);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            qemu_plugin_executed *call,
                                            enum qemu_plugin_cb_flags flags, void *user);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_accessed *call,
                                      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw,
                                      void *user);
void qemu_plugin_register_atexit_cb(uint64_t id, qemu_plugin_exited *call, void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#endif
