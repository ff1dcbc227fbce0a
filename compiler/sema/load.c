/* Finding, reading and ordering modules. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "compiler/sema/internal.h"

#ifndef POLICYC_LIBRARY_DIR
#define POLICYC_LIBRARY_DIR NULL
#endif

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* a.b -> a/b */
static char *module_path(struct sema *s, const char *name)
{
    char *path = arena_strdup(&s->tmp, name);
    for (char *p = path; *p; p++)
        if (*p == '.')
            *p = '/';
    return path;
}

static size_t stem_length(const char *path)
{
    size_t len = strlen(path);
    if (len > 4 && (str_eq(path + len - 4, ".pol") || str_eq(path + len - 4, ".dpl")))
        return len - 4;
    return len;
}

static const char *directory_of(struct sema *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_strndup(&s->tmp, path, (size_t)(slash - path));
}

/* The directory that makes the module's name match its path, else the file's own. */
static const char *root_of(struct sema *s, const char *path, const char *name)
{
    const char *tail = module_path(s, name);
    size_t stem = stem_length(path), len = strlen(tail);
    if (!strchr(name, '.') || stem < len || memcmp(path + stem - len, tail, len) != 0)
        return directory_of(s, path);
    if (stem == len)
        return ".";
    if (path[stem - len - 1] != '/')
        return directory_of(s, path);
    return stem - len == 1 ? "/" : arena_strndup(&s->tmp, path, stem - len - 1);
}

/* --- searching ----------------------------------------------------------------------------- */

struct search {
    struct sema *s;
    const struct ast_name *name;
    struct lang_span from;
    const char *tail;
    const char *found;
    bool failed; /* reported */
    struct str_buf looked;
};

/* Whether the search is over. */
static bool try_directory(struct search *q, const char *dir)
{
    struct sema *s = q->s;
    const char *pol = arena_printf(&s->tmp, "%s/%s.pol", dir, q->tail);
    const char *dpl = arena_printf(&s->tmp, "%s/%s.dpl", dir, q->tail);
    if (str_starts(pol, "./")) {
        pol += 2;
        dpl += 2;
    }
    bool has_pol = is_file(pol), has_dpl = is_file(dpl);
    str_printf(&q->looked, "%s%s", q->looked.len ? ", " : "", dir);
    if (has_pol && has_dpl) {
        struct diag *d = diag_error(s->sink, DIAG_TWO_MODULE_FILES, q->from,
                                    "both %s and %s are there", pol, dpl);
        diag_hint(d, "remove or rename the one that is not meant");
        q->failed = true;
    } else if (has_pol || has_dpl) {
        q->found = has_pol ? pol : dpl;
    }
    return q->found || q->failed;
}

static const char *library_of(const struct sema *s)
{
    if (s->options->library_dir)
        return s->options->library_dir;
    const char *dir = getenv("POLICYC_LIBRARY");
    return dir && *dir ? dir : POLICYC_LIBRARY_DIR;
}

static bool search_everywhere(struct search *q, const char *root)
{
    const struct sema_options *o = q->s->options;
    for (size_t i = 0; i < o->include_count; i++)
        if (try_directory(q, o->include_dirs[i]))
            return true;
    if (root && try_directory(q, root))
        return true;
    const char *library = library_of(q->s);
    return library && try_directory(q, library);
}

/* NULL after a report. */
static const char *find_file(struct sema *s, const struct ast_name *name, struct lang_span from,
                             const char *root)
{
    struct search q = {.s = s, .name = name, .from = from, .tail = module_path(s, name->text)};
    str_init(&q.looked);
    if (!search_everywhere(&q, root)) {
        struct diag *d =
            diag_error(s->sink, DIAG_MODULE_NOT_FOUND, from, "no file for module `%s`", name->text);
        diag_hint(d, "looked for %s.pol and %s.dpl in %s%s", q.tail, q.tail, str_text(&q.looked),
                  from.file ? "" : "; a .dpl file needs it unless --loaded-code=off");
    }
    str_free(&q.looked);
    return q.found;
}

/* --- loading ------------------------------------------------------------------------------- */

/* What an import, or nobody, asks for. */
struct request {
    struct ast_name name;  /* the module's own */
    struct ast_name alias; /* of an instance; else as `name` */
    struct lang_span from;
    uint32_t importer; /* SEMA_NONE: nobody */
};

static uint32_t add_module(struct sema *s, const struct ast_module *ast, const char *path,
                           const struct request *r)
{
    uint32_t index = (uint32_t)s->modules.count;
    struct sema_module m = {.ast = ast,
                            .name = r->alias.text,
                            .id = r->alias.id,
                            .path = arena_strdup(&s->tmp, path),
                            .importer = r->importer,
                            .instance = !intern_same(r->alias.id, r->name.id),
                            .from = r->alias.span};
    m.dpl = ast->dialect == LANG_DPL;
    m.root = root_of(s, path, r->name.text);
    m.imports = ARENA_ARRAY(&s->tmp, uint32_t, ast->imports.count + 1);
    VEC_PUSH(&s->tmp, &s->modules, m);
    sema_map_put(&s->tmp, &s->module_of, r->alias.id.v, index);
    s->broken |= ast->broken;
    return index;
}

/* Every module and instance has a tree of its own: rules are known by their place in it. */
static const struct ast_module *parse(struct sema *s, const char *path, struct lang_span from)
{
    for (size_t i = 0; i < s->modules.count; i++) {
        const struct sema_module *m = &s->modules.items[i];
        if (str_eq(m->path, path))
            return lang_parse(s->map, m->ast->file, m->ast->dialect, &s->tmp, s->names, s->sink);
    }
    return lang_parse_file(s->map, path, from, &s->tmp, s->names, s->sink);
}

static void check_name(struct sema *s, const struct ast_module *ast, const struct ast_name *wanted,
                       struct lang_span from)
{
    if (intern_same(ast->name.id, wanted->id) || (ast->broken && !*ast->name.text))
        return;
    struct diag *d = diag_error(s->sink, DIAG_MODULE_NAME, ast->name.span,
                                "this file is imported as `%s` but declares module `%s`",
                                wanted->text, ast->name.text);
    if (from.file)
        diag_label(d, from, "imported here");
}

static uint32_t load(struct sema *s, const struct request *r, const char *root)
{
    const char *path = find_file(s, &r->name, r->from, root);
    const struct ast_module *ast = path ? parse(s, path, r->from) : NULL;
    if (!ast)
        return SEMA_NONE;
    check_name(s, ast, &r->name, r->from);
    return add_module(s, ast, path, r);
}

static void report_taken(struct sema *s, const struct ast_name *name, uint32_t known)
{
    const struct sema_module *m = &s->modules.items[known];
    struct diag *d = diag_error(s->sink, DIAG_DUPLICATE, name->span,
                                m->instance ? "an instance of `%s` is called `%s` already"
                                            : "there is a module `%s`, which is called `%s`",
                                m->ast->name.text, name->text);
    if (m->from.file)
        diag_label(d, m->from, m->instance ? "this one" : "imported here");
    diag_hint(d, "the instances and modules of a composition have names of their own");
}

static uint32_t load_named(struct sema *s, const struct request *r, const char *root)
{
    uint32_t known = sema_map_get(&s->module_of, r->name.id.v);
    if (known == SEMA_NONE)
        return load(s, r, root);
    if (!s->modules.items[known].instance)
        return known;
    report_taken(s, &r->name, known);
    return SEMA_NONE;
}

/* An instance inside itself would never end. */
static bool contains_itself(struct sema *s, const struct request *r)
{
    for (uint32_t m = r->importer; m != SEMA_NONE; m = s->modules.items[m].importer) {
        if (!intern_same(s->modules.items[m].ast->name.id, r->name.id))
            continue;
        diag_error(s->sink, DIAG_CYCLIC_IMPORT, r->name.span,
                   "cyclic import: module `%s` would contain an instance of itself", r->name.text);
        return true;
    }
    return false;
}

static uint32_t load_instance(struct sema *s, const struct request *r, const char *root)
{
    uint32_t known = sema_map_get(&s->module_of, r->alias.id.v);
    if (contains_itself(s, r))
        return SEMA_NONE;
    if (known == SEMA_NONE)
        return load(s, r, root);
    report_taken(s, &r->alias, known);
    return SEMA_NONE;
}

static void load_imports(struct sema *s, uint32_t index)
{
    const struct ast_import_list *list = &s->modules.items[index].ast->imports;
    for (size_t i = 0; i < list->count; i++) {
        const struct ast_import *import = list->items[i];
        const char *root = s->modules.items[index].root;
        bool instance = *import->alias.text && !intern_same(import->alias.id, import->name.id);
        struct request r = {.name = import->name,
                            .alias = instance ? import->alias : import->name,
                            .from = import->name.span,
                            .importer = index};
        uint32_t to = !*import->name.text ? SEMA_NONE
                      : instance          ? load_instance(s, &r, root)
                                          : load_named(s, &r, root);
        s->modules.items[index].imports[i] = to;
    }
}

bool sema_load_modules(struct sema *s, const char *path, const char *extra, uint32_t *extra_index)
{
    *extra_index = SEMA_NONE;
    const struct ast_module *ast =
        lang_parse_file(s->map, path, LANG_NO_SPAN, &s->tmp, s->names, s->sink);
    if (!ast)
        return false;
    struct request first = {ast->name, ast->name, LANG_NO_SPAN, SEMA_NONE};
    add_module(s, ast, path, &first);
    for (uint32_t i = 0; i < s->modules.count; i++) {
        load_imports(s, i);
        bool last = i + 1 == s->modules.count;
        if (last && extra && *extra_index == SEMA_NONE) {
            struct intern_id id = intern_str(s->names, extra);
            struct ast_name name = {intern_text(s->names, id), id, LANG_NO_SPAN};
            struct request r = {name, name, LANG_NO_SPAN, SEMA_NONE};
            *extra_index = load_named(s, &r, s->modules.items[0].root);
            extra = NULL;
        }
    }
    for (uint32_t i = 0; i < s->modules.count; i++)
        for (size_t k = 0; k < s->modules.items[i].ast->imports.count; k++)
            if (s->modules.items[i].imports[k] == SEMA_NONE)
                return false;
    return true;
}

/* --- order --------------------------------------------------------------------------------- */

enum { WHITE, GREY, BLACK };

struct walk {
    struct sema *s;
    uint8_t *colour;
    uint32_t *parent;
    size_t *next;
    size_t words;
};

static void report_cycle(struct walk *w, uint32_t from, size_t import, uint32_t to)
{
    struct sema *s = w->s;
    VEC_OF(uint32_t) path = {0};
    for (uint32_t m = from; m != to; m = w->parent[m])
        VEC_PUSH(&s->tmp, &path, m);
    struct str_buf text;
    str_init(&text);
    str_printf(&text, "%s", s->modules.items[to].name);
    for (size_t i = path.count; i-- > 0;)
        str_printf(&text, " -> %s", s->modules.items[path.items[i]].name);
    str_printf(&text, " -> %s", s->modules.items[to].name);
    diag_error(s->sink, DIAG_CYCLIC_IMPORT,
               s->modules.items[from].ast->imports.items[import]->name.span, "cyclic import: %s",
               str_text(&text));
    str_free(&text);
}

static void finish_module(struct walk *w, uint32_t m)
{
    struct sema_module *mod = &w->s->modules.items[m];
    mod->visible = ARENA_ARRAY(&w->s->tmp, uint32_t, w->words);
    mod->visible[m / 32] |= (uint32_t)1 << (m % 32);
    for (size_t i = 0; i < mod->ast->imports.count; i++) {
        const uint32_t *from = w->s->modules.items[mod->imports[i]].visible;
        for (size_t k = 0; from && k < w->words; k++)
            mod->visible[k] |= from[k];
    }
    w->colour[m] = BLACK;
}

/* One step down or up; the new current module, SEMA_NONE when the root is done. */
static uint32_t step_module(struct walk *w, uint32_t m, bool *ok)
{
    struct sema_module *mod = &w->s->modules.items[m];
    if (w->next[m] == mod->ast->imports.count) {
        finish_module(w, m);
        return w->parent[m];
    }
    size_t import = w->next[m]++;
    uint32_t to = mod->imports[import];
    if (w->colour[to] == GREY) {
        report_cycle(w, m, import, to);
        *ok = false;
    } else if (w->colour[to] == WHITE) {
        w->colour[to] = GREY;
        w->parent[to] = m;
        return to;
    }
    return m;
}

bool sema_order_modules(struct sema *s)
{
    size_t n = s->modules.count;
    struct walk w = {.s = s, .words = (n + 31) / 32};
    w.colour = ARENA_ARRAY(&s->tmp, uint8_t, n);
    w.parent = ARENA_ARRAY(&s->tmp, uint32_t, n);
    w.next = ARENA_ARRAY(&s->tmp, size_t, n);
    bool ok = true;
    for (uint32_t root = 0; root < n; root++) {
        if (w.colour[root] != WHITE)
            continue;
        w.colour[root] = GREY;
        w.parent[root] = SEMA_NONE;
        for (uint32_t m = root; m != SEMA_NONE;)
            m = step_module(&w, m, &ok);
    }
    return ok;
}
