// A source plugin for tests of the loader. TEST_PLUGIN_<VARIANT> makes one that has to be refused, or that
// fails.
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "godwit/plugin.hpp"

namespace {

/// Code that runs when the file is loaded: tests look for its trace.
struct Trace {
    Trace() {
        const char* const file = std::getenv("GODWIT_TEST_TRACE");
        if (file != nullptr) std::ofstream(file, std::ios::app) << "loaded\n";
#if defined(TEST_PLUGIN_THROWS_ON_LOAD)
        throw std::runtime_error("nobody can catch this");
#endif
    }
} const trace;

class Empty final : public godwit::Source {
  public:
    std::vector<godwit::Entry> list() override { return {}; }
    std::string read(const godwit::Entry&) override { godwit::fail(godwit::Errc::Source, "nothing is here"); }
    [[nodiscard]] std::string describe() const override { return "empty:"; }
};

#if defined(TEST_PLUGIN_UNDEFINED)
extern "C" void godwit_test_defined_nowhere();
#endif

[[maybe_unused]] std::unique_ptr<godwit::Source> open([[maybe_unused]] const godwit::Url& url,
                                                      const godwit::SourceOptions&) {
#if defined(TEST_PLUGIN_THROWS_ERROR)
    godwit::fail(godwit::Errc::Source, "the shelf " + url.redacted() + " is empty", "fill it");
#elif defined(TEST_PLUGIN_THROWS_STANDARD)
    throw std::runtime_error("no luck with " + url.raw().reveal());
#elif defined(TEST_PLUGIN_THROWS_NUMBER)
    throw 42;
#elif defined(TEST_PLUGIN_CRASHES_ON_OPEN)
    std::abort();
#elif defined(TEST_PLUGIN_OPENS_NOTHING)
    return nullptr;
#elif defined(TEST_PLUGIN_UNDEFINED)
    godwit_test_defined_nowhere();
    return nullptr;
#else
    if (url.rest().empty()) godwit::fail(godwit::Errc::Usage, "there is nothing behind the scheme");
    return std::make_unique<Empty>();
#endif
}

}  // namespace

#if defined(TEST_PLUGIN_NO_SECTION)
extern "C" GODWIT_API const int godwit_plugin = 0;
#elif defined(TEST_PLUGIN_NO_SYMBOL)
__attribute__((section("godwit"), used)) static const godwit::PluginInfo info = {godwit::kPluginMagic,
                                                                                 sizeof(godwit::PluginInfo),
                                                                                 godwit::kPluginAbi,
                                                                                 godwit::PluginKind::Source,
                                                                                 GODWIT_TOOLCHAIN,
                                                                                 "shelf",
                                                                                 "shelf",
                                                                                 "1.0.0",
                                                                                 "no symbol"};
#elif defined(TEST_PLUGIN_NO_FUNCTION)
GODWIT_SOURCE_PLUGIN(shelf, "shelf", "shelf", "1.0.0", "A shelf for tests", nullptr);
#else
GODWIT_SOURCE_PLUGIN(shelf, "shelf", "shelf shelf+x", "1.0.0", "A shelf for tests", &open);
#endif
