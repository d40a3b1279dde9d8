#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/store/event_store.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

StoredEvent event(std::string id, std::string user = "u", std::string item = "i") {
  return {.event_id = std::move(id),
          .type = "view",
          .user = std::move(user),
          .item = std::move(item),
          .value = 1,
          .time = 5};
}

std::vector<StoredEvent> all(const EventStore& store, std::int64_t position = 0) {
  std::vector<StoredEvent> out;
  store.replay(position, [&](const StoredEvent& e) { out.push_back(e); });
  return out;
}

class SqliteEventStoreTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("store_test-" + std::to_string(getpid()));
  fs::path file_ = folder_ / "events.sqlite";
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::unique_ptr<EventStore> open() const { return open_sqlite_store(file_); }
  ErrorCode refusal() const {
    try {
      open();
    } catch (const Error& e) {
      EXPECT_EQ(e.place().file.rfind(file_.string(), 0), 0u) << e.what();
      return e.code();
    }
    ADD_FAILURE() << "opened";
    return ErrorCode::kRuntime;
  }
};

}  // namespace

TEST_F(SqliteEventStoreTest, EventsComeBackInOrderOfArrivalAfterReopening) {
  const std::string odd = std::string("quote ' \" ; -- \xc3\xa9 \0 nul", 21);
  {
    const auto store = open();
    const std::vector<StoredEvent> events = {
        {.event_id = "a", .type = "rating", .user = odd, .item = "2", .value = 4.5F, .time = 1700000000123},
        {.event_id = "", .type = "view", .user = "u", .item = "1", .value = -1, .time = -7}};
    EXPECT_EQ(store->append(events), (std::vector{Appended::kNew, Appended::kNew}));
    EXPECT_EQ(store->size(), 2);
  }
  const auto store = open();
  EXPECT_EQ(store->size(), 2);
  const auto events = all(*store);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event_id, "a");
  EXPECT_EQ(events[0].type, "rating");
  EXPECT_EQ(events[0].user, odd);
  EXPECT_EQ(events[0].value, 4.5F);
  EXPECT_EQ(events[0].time, 1700000000123);
  EXPECT_EQ(events[1].event_id, "");
  EXPECT_EQ(events[1].time, -7);
}

TEST_F(SqliteEventStoreTest, ReplayGoesOnAfterAPosition) {
  const auto store = open();
  store->append(std::vector{event("a"), event("b")});
  const std::int64_t position = store->replay(0, [](const StoredEvent&) {});
  store->append(std::vector{event("c")});
  const auto later = all(*store, position);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].event_id, "c");
  EXPECT_EQ(store->replay(position + 1, [](const StoredEvent&) { FAIL(); }), position + 1);
}

TEST_F(SqliteEventStoreTest, KnownEventIdIsADuplicateAndChangesNothing) {
  const auto store = open();
  EXPECT_EQ(store->append(std::vector{event("a", "first"), event("a", "second"), event(""), event("")}),
            (std::vector{Appended::kNew, Appended::kDuplicate, Appended::kNew, Appended::kNew}));
  EXPECT_EQ(store->append(std::vector{event("a", "third")}), std::vector{Appended::kDuplicate});
  EXPECT_EQ(store->size(), 3);
  EXPECT_EQ(all(*store)[0].user, "first");
}

TEST_F(SqliteEventStoreTest, ValueThatIsNotFiniteIsRefused) {
  const auto store = open();
  StoredEvent bad = event("a");
  bad.value = std::nanf("");
  EXPECT_THROW(store->append(std::vector{event("b"), bad}), Error);
  EXPECT_EQ(store->size(), 0);
}

TEST_F(SqliteEventStoreTest, ConcurrentCallersEachGetTheirOwnAnswer) {
  constexpr int kThreads = 16, kCalls = 20;
  const auto store = open();
  std::atomic<int> fresh = 0, duplicates = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        // The second id is shared by all threads: exactly one of them is first.
        const auto results =
            store->append(std::vector{event(std::to_string(t) + "-" + std::to_string(i), std::to_string(t)),
                                      event("shared" + std::to_string(i))});
        EXPECT_EQ(results[0], Appended::kNew);
        (results[1] == Appended::kNew ? fresh : duplicates)++;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fresh, kCalls);
  EXPECT_EQ(duplicates, kCalls * (kThreads - 1));
  EXPECT_EQ(store->size(), kCalls * (kThreads + 1));
  std::map<std::string, int> next;  // every caller's events are in its own order
  for (const auto& e : all(*store))
    if (e.user != "u") {
      EXPECT_EQ(e.event_id, e.user + "-" + std::to_string(next[e.user]++));
    }
}

TEST_F(SqliteEventStoreTest, AsyncAppendsFinishInOrderAndBeforeDestruction) {
  std::vector<std::string> order;
  {
    const auto store = open();
    for (int i = 0; i < 500; ++i)
      store->append_async({event(std::to_string(i))}, [&](auto events, auto results, auto error) {
        EXPECT_EQ(error, nullptr);
        EXPECT_EQ(results.size(), 1u);
        order.push_back(events[0].event_id);  // one writer thread: no lock
      });
  }
  ASSERT_EQ(order.size(), 500u);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(SqliteEventStoreTest, SecondOpeningOfTheSameFileIsRefused) {
  const auto store = open();
  EXPECT_EQ(refusal(), ErrorCode::kResources);
  store->append(std::vector{event("a")});
}

TEST_F(SqliteEventStoreTest, FileThatIsNoDatabaseIsRefusedAndKept) {
  std::ofstream(file_) << std::string(4096, 'x');
  EXPECT_EQ(refusal(), ErrorCode::kData);
  EXPECT_EQ(fs::file_size(file_), 4096u);
}

TEST_F(SqliteEventStoreTest, DatabaseOfAnotherProgramIsRefused) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "CREATE TABLE t(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_EQ(refusal(), ErrorCode::kData);
}

TEST_F(SqliteEventStoreTest, NewerFormatIsRefused) {
  open();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "PRAGMA user_version = 2", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_EQ(refusal(), ErrorCode::kData);
}

TEST_F(SqliteEventStoreTest, TruncatedFileIsRefusedWithoutACrash) {
  {
    const auto store = open();
    for (int i = 0; i < 200; ++i) store->append(std::vector{event(std::to_string(i), std::string(200, 'u'))});
  }
  fs::resize_file(file_, fs::file_size(file_) / 2);
  try {
    const auto store = open();
    all(*store);
    ADD_FAILURE() << "read a truncated file";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData);
  }
}

// A child appends and reports each acknowledged id through a pipe; it is killed at a random moment.
TEST_F(SqliteEventStoreTest, KillNeverLosesAnAcknowledgedEventNorStoresOneTwice) {
  RandomStream random(7, "store_test.kill");
  std::vector<int> acknowledged;  // over all rounds; the store file goes on living
  for (int round = 0; round < 100; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      try {
        const auto store = open_sqlite_store(file_);
        for (int i = round * 1000000;; i += 3) {
          store->append(
              std::vector{event(std::to_string(i)), event(std::to_string(i + 1)), event(std::to_string(i + 2))});
          for (int id = i; id < i + 3; ++id)
            if (write(ends[1], &id, sizeof id) != sizeof id) _exit(1);
        }
      } catch (...) {
        _exit(2);
      }
    }
    close(ends[1]);
    usleep(static_cast<useconds_t>(random.below(25000)));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << status;
    for (int id = 0; read(ends[0], &id, sizeof id) == sizeof id;) acknowledged.push_back(id);
    close(ends[0]);

    const auto store = open();
    std::map<std::string, int> found;
    for (const auto& e : all(*store)) ++found[e.event_id];
    for (const auto& [id, times] : found) ASSERT_EQ(times, 1) << id;
    for (const int id : acknowledged) ASSERT_EQ(found.count(std::to_string(id)), 1u) << id;
    ASSERT_EQ(found.size() % 3, 0u) << "half a call was stored";
    ASSERT_EQ(store->size(), static_cast<std::int64_t>(found.size()));
  }
  EXPECT_GT(acknowledged.size(), 100u);
}

}  // namespace genre
