// Durable behaviour events. One writer, group commit; an event is acknowledged only after it is on disk.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace genre {

struct StoredEvent {
  std::string event_id;  // "" : none given, never a duplicate
  std::string type, user, item;
  float value = 1;
  std::int64_t time = 0;  // milliseconds UTC
};

enum class Appended : std::uint8_t { kNew, kDuplicate };

class EventStore {
 public:
  virtual ~EventStore() = default;
  // Writes all or nothing and returns once they are durable: one result an event, in order. Events whose event_id is
  // known are duplicates and change nothing. Thread-safe: concurrent calls share transactions. Throws
  // Error(kResources) on disk faults, after which nothing of the call is stored; Error(kData) for a value that is not
  // finite.
  virtual std::vector<Appended> append(std::span<const StoredEvent> events) = 0;

  // The same without waiting. `done` gets the events back with their results, or the error and no results; it runs on
  // the writer's thread, in the order of the log, so what it does holds up later commits. It must not throw.
  // Error(kData) is thrown at once.
  using AppendDone = std::function<void(std::span<const StoredEvent>, std::span<const Appended>, std::exception_ptr)>;
  virtual void append_async(std::vector<StoredEvent> events, AppendDone done) = 0;

  // Calls visit in order of arrival for every event after `position` (0: all); returns the last position.
  virtual std::int64_t replay(std::int64_t position, const std::function<void(const StoredEvent&)>& visit) const = 0;
  virtual std::int64_t size() const = 0;

  // False once the disk has refused to sync: what was written since is uncertain, so appends fail until the store is
  // opened anew. Reads go on.
  virtual bool writable() const = 0;
};

// SQLite in WAL mode with synchronous=FULL, one read-write connection. A second process on the same file is refused
// with Error(kResources); a file that is no event store with Error(kData). Destruction finishes pending appends.
std::unique_ptr<EventStore> open_sqlite_store(const std::filesystem::path& path);

}  // namespace genre
