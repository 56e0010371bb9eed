#include "compat/bodies.hpp"

#include <utility>

namespace godwit::compat {

namespace {

struct Wanted {
    std::size_t item;
    bool is_down_script;
};

}  // namespace

std::vector<Body> read_bodies(Source& source, std::span<const Item> items) {
    std::vector<Entry> entries;
    std::vector<Wanted> wanted;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (const Half* half = items[i].half()) {
            entries.push_back(half->entry);
            wanted.push_back({i, false});
        }
        if (items[i].direction() == Direction::Up && items[i].migration->down) {
            entries.push_back(items[i].migration->down->entry);
            wanted.push_back({i, true});
        }
    }
    std::vector<Body> bodies(items.size());
    auto last = std::chrono::steady_clock::now();
    source.read_many(entries, [&](std::size_t index, std::string content) {
        const auto now = std::chrono::steady_clock::now();
        Body& body = bodies[wanted[index].item];
        if (wanted[index].is_down_script) {
            body.down_script = std::move(content);
        } else {
            body.text = std::move(content);
            body.took = now - last;
        }
        last = now;
    });
    return bodies;
}

}  // namespace godwit::compat
