#include <map>
#include <memory>
#include <mutex>

#include "stub/stub_driver.hpp"

namespace godwit::stub {

std::shared_ptr<Database> database(const std::string& name) {
    // The process is the server here: what stands for its data folder has to outlive single connections.
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<Database>> databases;
    const std::scoped_lock guard(mutex);
    auto& known = databases[name];
    auto found = known.lock();
    if (!found) known = found = std::make_shared<Database>();
    return found;
}

}  // namespace godwit::stub
