#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/store/event_store.h"
#include "genre/store/sqlite.h"

namespace genre {
namespace {

constexpr std::int64_t kApplicationId = 0x474e5245;  // "GNRE", in the file header
constexpr std::int64_t kFormat = 1;
// Callers that come this close together share a transaction, up to so many events.
constexpr auto kGroupTime = std::chrono::milliseconds(2);
constexpr std::size_t kGroupEvents = 8192;

constexpr const char* kSchema =
    "CREATE TABLE events("
    "position INTEGER PRIMARY KEY, event_id TEXT UNIQUE, type TEXT NOT NULL, user TEXT NOT NULL, item TEXT NOT NULL, "
    "value REAL NOT NULL, time INTEGER NOT NULL) STRICT";

// Creates the table in an empty file; refuses what is no event store.
void prepare(sqlite::Connection& db, const std::filesystem::path& path) {
  const std::int64_t application = db.integer("PRAGMA application_id");
  const std::int64_t format = db.integer("PRAGMA user_version");
  const bool fresh = application == 0 && format == 0 && db.integer("SELECT count(*) FROM sqlite_master") == 0;
  if (!fresh && application != kApplicationId)
    throw Error(ErrorCode::kData, "wanted an event store, found the database of another program",
                "choose another file for serve.store", {.file = path.string()});
  if (!fresh && format != kFormat)
    throw Error(ErrorCode::kData,
                "wanted event store format " + std::to_string(kFormat) + ", found " + std::to_string(format),
                "open it with the version of genre that wrote it", {.file = path.string()});
  db.execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = "
      "-16384");
  if (!fresh) return;
  const std::string create = std::string("BEGIN IMMEDIATE; ") + kSchema +
                             "; PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(kFormat) + "; COMMIT";
  db.execute(create.c_str());
}

// Built anew: the callers of one transaction run on threads of their own and must not share its exception.
Error fresh_error(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return Error(error.code(), error.message(), error.hint(), error.place());
  } catch (const std::exception& error) {
    return Error(ErrorCode::kResources, error.what());
  }
}

class SqliteEventStore : public EventStore {
 public:
  explicit SqliteEventStore(const std::filesystem::path& path)
      : path_(path), lock_(path.string() + ".lock"), db_(path, sqlite::Access::kReadWrite) {
    prepare(db_, path);
    size_ = db_.integer("SELECT count(*) FROM events");
    insert_.emplace(db_,
                    "INSERT INTO events(event_id, type, user, item, value, time) VALUES(?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT(event_id) DO NOTHING");
    writer_ = std::thread([this] { write(); });
  }

  ~SqliteEventStore() override {
    {
      const std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    arrived_.notify_one();
    writer_.join();
  }

  std::vector<Appended> append(std::span<const StoredEvent> events) override {
    struct Outcome {
      std::vector<Appended> results;
      std::optional<Error> error;
    };
    // Shared: the writer may still be inside set_value when the caller has its answer.
    const auto promise = std::make_shared<std::promise<Outcome>>();
    append_async({events.begin(), events.end()},
                 [promise](auto, std::span<const Appended> results, std::exception_ptr failure) {
                   Outcome outcome{.results = {results.begin(), results.end()}, .error = {}};
                   if (failure != nullptr) outcome.error = fresh_error(failure);
                   promise->set_value(std::move(outcome));
                 });
    Outcome outcome = promise->get_future().get();
    if (outcome.error) throw *std::move(outcome.error);
    return std::move(outcome.results);
  }

  void append_async(std::vector<StoredEvent> events, AppendDone done) override {
    for (const StoredEvent& event : events)
      if (!std::isfinite(event.value))
        throw Error(ErrorCode::kData,
                    "wanted a finite value, found " + std::to_string(event.value) + " for item " + event.item);
    {
      const std::lock_guard guard(mutex_);
      waiting_events_ += events.size();
      calls_.push_back({std::move(events), std::move(done), {}});
    }
    arrived_.notify_one();
  }

  std::int64_t replay(std::int64_t position, const std::function<void(const StoredEvent&)>& visit) const override {
    sqlite::Connection reader(path_, sqlite::Access::kReadOnly);
    sqlite::Statement rows(
        reader,
        "SELECT position, event_id, type, user, item, value, time FROM events WHERE position > ? ORDER BY position");
    rows.bind(1, position);
    while (rows.row()) {
      position = rows.integer(0);
      visit(
          {rows.text(1), rows.text(2), rows.text(3), rows.text(4), static_cast<float>(rows.real(5)), rows.integer(6)});
    }
    return position;
  }

  std::int64_t size() const override { return size_; }
  bool writable() const override { return writable_; }

 private:
  struct Call {
    std::vector<StoredEvent> events;
    AppendDone done;
    std::vector<Appended> results;
  };

  void write() {
    bool crowded = false;  // did the last transaction serve several callers?
    for (;;) {
      std::vector<Call> group = next_group(crowded);
      if (group.empty()) return;
      crowded = group.size() > 1;
      std::exception_ptr error;
      try {
        commit(group);
      } catch (...) {
        error = std::current_exception();
      }
      for (Call& call : group) call.done(call.events, error == nullptr ? call.results : std::vector<Appended>{}, error);
    }
  }

  // Waits for calls. A lone caller is served at once; only where callers come together do they wait for one another.
  std::vector<Call> next_group(bool crowded) {
    std::unique_lock guard(mutex_);
    arrived_.wait(guard, [&] { return stopping_ || !calls_.empty(); });
    if (crowded || calls_.size() > 1)
      arrived_.wait_for(guard, kGroupTime, [&] { return stopping_ || waiting_events_ >= kGroupEvents; });
    std::vector<Call> group;
    std::size_t events = 0;
    while (!calls_.empty() && (group.empty() || events + calls_.front().events.size() <= kGroupEvents)) {
      events += calls_.front().events.size();
      group.push_back(std::move(calls_.front()));
      calls_.pop_front();
    }
    waiting_events_ -= events;
    return group;
  }

  void commit(std::vector<Call>& group) {
    if (!writable_)
      throw Error(ErrorCode::kResources, "the event store takes no events: the disk failed to sync",
                  "check the disk, then restart", {.file = path_.string()});
    std::int64_t added = 0;
    try {
      db_.execute("BEGIN IMMEDIATE");
      for (Call& call : group) {
        for (const StoredEvent& event : call.events) {
          if (event.event_id.empty())
            insert_->bind_null(1);
          else
            insert_->bind(1, event.event_id);
          insert_->bind(2, event.type);
          insert_->bind(3, event.user);
          insert_->bind(4, event.item);
          insert_->bind(5, static_cast<double>(event.value));
          insert_->bind(6, event.time);
          insert_->run();
          const bool is_new = db_.changes() > 0;
          call.results.push_back(is_new ? Appended::kNew : Appended::kDuplicate);
          added += is_new ? 1 : 0;
        }
      }
      db_.execute("COMMIT");
    } catch (...) {
      db_.rollback();
      if (db_.sync_failed()) writable_ = false;
      throw;
    }
    size_ += added;
  }

  const std::filesystem::path path_;
  FileLock lock_;
  sqlite::Connection db_;  // the writer's thread alone uses it once that runs
  std::optional<sqlite::Statement> insert_;
  std::atomic<std::int64_t> size_{0};
  std::atomic<bool> writable_{true};

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Call> calls_;
  std::size_t waiting_events_ = 0;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace

std::unique_ptr<EventStore> open_sqlite_store(const std::filesystem::path& path) {
  return std::make_unique<SqliteEventStore>(path);
}

}  // namespace genre
