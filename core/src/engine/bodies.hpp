#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/plan.hpp"
#include "godwit/script.hpp"
#include "godwit/shared_files.hpp"
#include "godwit/source.hpp"

namespace godwit::engine {

/// What a step is to run, read and split.
struct Body {
    Script script;
    std::string file;         ///< for messages; "" where the step has no script
    std::string down_script;  ///< going up: the down half, to be stored
    bool has_down_script = false;
    bool stored = false;  ///< `script` is the stored down script
};

/// The bodies of a plan. read() reads and splits every one of them, whole or not at all, before anything
/// runs; take() hands them out in turn. Small plans stay in memory in between; of large ones only the hashes
/// do, and take() reads again and compares.
class Bodies {
  public:
    /// Borrows everything; plan and ledger must outlive it. `shared`, who splits the scripts for several
    /// migrators, may be null.
    Bodies(Source& source, Driver& driver, const Plan& plan, const LedgerView& ledger,
           SharedFiles* shared = nullptr);

    /// Throws Errc::Source, Errc::Statement (a script cannot be split), Errc::Validation (irreversible; no
    /// down script stored).
    void read();
    /// Valid once for each step, after read().
    Body take(std::size_t step);
    /// As take(), and keeps it.
    const Body& peek(std::size_t step);
    /// What reading showed: stored down scripts that are used instead of files.
    [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

  private:
    enum class Part : std::uint8_t { Script, DownToStore, UpOfDown };
    struct Wanted {
        std::size_t step;
        Part part;
    };
    struct Slot {
        Body body;
        std::string script_hash;
        std::string down_hash;
        bool kept = true;       ///< the script is in memory
        bool down_kept = true;  ///< and so is the down script to be stored
    };

    void want(std::size_t step, Part part, const Entry& entry);
    void list_wanted();
    void sort_in(const Wanted& wanted, const Entry& entry, std::string content);
    void store_down(std::size_t step, const Entry& entry, std::string content);
    void set_script(std::size_t step, std::string content, std::string file);
    void read_stored(std::size_t step);
    [[nodiscard]] bool asks_stored(std::size_t step) const;
    [[nodiscard]] std::optional<std::string> stored_down(std::size_t step);
    void fetch_stored(std::size_t chunk);
    [[nodiscard]] std::string choose_down(std::size_t step, std::string content);
    void note_irreversible(std::size_t step, const Script& script);
    void require_reversible() const;
    [[nodiscard]] std::string read_again(const Entry& entry, const std::string& hash);
    [[nodiscard]] Script split(std::size_t step, std::string content, std::string file) const;

    Source& source_;
    Driver& driver_;
    const Plan& plan_;
    const LedgerView& ledger_;
    SharedFiles* shared_;
    std::vector<Slot> slots_;
    std::vector<Wanted> wanted_;
    std::vector<Entry> entries_;
    std::vector<Finding> findings_;
    std::vector<std::string> irreversible_;
    std::size_t kept_bytes_ = 0;
    std::optional<std::size_t> stored_chunk_;  ///< of which `stored_` is
    std::map<std::size_t, std::optional<std::string>> stored_;
};

}  // namespace godwit::engine
