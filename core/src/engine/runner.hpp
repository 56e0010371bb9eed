#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "engine/bodies.hpp"
#include "godwit/migrator.hpp"

namespace godwit::engine {

/// Runs a plan whose bodies are read, in chunks, so that memory stays bounded however long the plan is.
class Runner {
  public:
    Runner(Driver& driver, const MigratorOptions& options, const Plan& plan, Bodies& bodies);

    Result run();

  private:
    /// Steps handed to the driver together, and what messages call their scripts.
    struct Chunk {
        std::vector<Step> steps;
        std::vector<DoneStep> reports;
    };
    class Observer;

    [[nodiscard]] Chunk next_chunk();
    void apply(const Chunk& chunk);
    void record_skip();
    void note_done(const PlannedStep& step, DoneStep done);
    void note_failure(const Chunk& chunk, std::size_t index, Error failure);
    void emit(const Event& event) const;
    [[nodiscard]] bool stop_wanted() const;
    [[nodiscard]] Step step_for(const PlannedStep& planned, Body body) const;
    [[nodiscard]] static DoneStep report_for(const PlannedStep& planned, const Body& body);

    Driver& driver_;
    const MigratorOptions& options_;
    const Plan& plan_;
    Bodies& bodies_;
    std::size_t next_ = 0;  ///< first planned step that has not run
    Result result_;
};

}  // namespace godwit::engine
