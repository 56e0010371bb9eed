// A loadable SQLite extension with the function normalize(text, form) that pocket-id's program registers
// before it migrates. Its migrations run on empty tables or ASCII text here: any other text is an error, not
// a wrong answer.
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

namespace {

void normalize(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    const unsigned char* text = sqlite3_value_text(values[0]);
    for (const unsigned char* c = text; *c != 0; ++c) {
        if (*c >= 0x80) {
            sqlite3_result_error(context, "normalize: this test's function knows ASCII only", -1);
            return;
        }
    }
    sqlite3_result_value(context, values[0]);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int sqlite3_normalize_init(
    sqlite3* database, char**, const sqlite3_api_routines* api) {
    SQLITE_EXTENSION_INIT2(api)
    return sqlite3_create_function(database, "normalize", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                   normalize, nullptr, nullptr);
}
