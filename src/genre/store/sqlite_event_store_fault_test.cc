// Disk faults, made by an SQLite file layer that fails the n-th call of one kind.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>

#include "genre/base/error.h"
#include "genre/store/event_store.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

enum class Operation { kOpen, kWrite, kSync, kTruncate };

// Wraps the default file layer while it lives. SQLite's own calls pass through unless armed.
class FaultyDisk {
 public:
  FaultyDisk() {
    real_ = sqlite3_vfs_find(nullptr);
    layer_ = *real_;
    layer_.zName = "faulty";
    layer_.xOpen = &open;
    sqlite3_vfs_register(&layer_, /*makeDflt=*/1);
    disarm();
  }
  ~FaultyDisk() { sqlite3_vfs_unregister(&layer_); }

  // Fails the n-th call (from 1) of the kind from now on, and every later one while `lasting`.
  void arm(Operation operation, int n, int result, bool lasting = false) {
    operation_ = operation;
    result_ = result;
    lasting_ = lasting;
    fired_ = false;
    remaining_ = n;
  }
  void disarm() { remaining_ = -1; }
  bool fired() const { return fired_; }
  int syncs() const { return syncs_; }

 private:
  static int fault(Operation operation) {
    if (operation == Operation::kSync) ++syncs_;
    if (remaining_ < 0 || operation != operation_) return SQLITE_OK;
    if (fired_ && lasting_) return result_;
    if (remaining_ == 0 || --remaining_ > 0) return SQLITE_OK;
    fired_ = true;
    return result_;
  }
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    file->pMethods = nullptr;
    if (const int result = fault(Operation::kOpen); result != SQLITE_OK) return result;
    const int result = real_->xOpen(real_, name, file, flags, out);
    if (file->pMethods != nullptr) file->pMethods = patched(file->pMethods);
    return result;
  }
  // SQLite has one table of calls for databases and one for logs; they differ only in locking.
  static const sqlite3_io_methods* patched(const sqlite3_io_methods* methods) {
    static std::mutex mutex;
    static std::map<const sqlite3_io_methods*, sqlite3_io_methods> tables;
    const std::lock_guard guard(mutex);
    const auto [entry, is_new] = tables.emplace(methods, *methods);
    if (is_new) {
      real_methods_ = methods;
      entry->second.xWrite = [](sqlite3_file* f, const void* bytes, int size, sqlite3_int64 offset) {
        const int failed = fault(Operation::kWrite);
        return failed != SQLITE_OK ? failed : real_methods_.load()->xWrite(f, bytes, size, offset);
      };
      entry->second.xSync = [](sqlite3_file* f, int how) {
        const int failed = fault(Operation::kSync);
        return failed != SQLITE_OK ? failed : real_methods_.load()->xSync(f, how);
      };
      entry->second.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        const int failed = fault(Operation::kTruncate);
        return failed != SQLITE_OK ? failed : real_methods_.load()->xTruncate(f, size);
      };
    }
    return &entry->second;
  }

  static inline sqlite3_vfs* real_ = nullptr;
  static inline sqlite3_vfs layer_;
  static inline std::atomic<const sqlite3_io_methods*> real_methods_ = nullptr;
  static inline std::atomic<Operation> operation_;
  static inline std::atomic<int> remaining_ = -1, result_ = 0, syncs_ = 0;
  static inline std::atomic<bool> fired_ = false, lasting_ = false;
};

StoredEvent numbered_event(std::string id) {
  return {.event_id = std::move(id), .type = "view", .user = std::string(300, 'u'), .item = "i", .value = 1, .time = 5};
}

class StoreFaultTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("store_fault_test-" + std::to_string(getpid()));
  fs::path file_ = folder_ / "events.sqlite";
  FaultyDisk disk_;
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // Every acknowledged event is there once; of those refused, nothing.
  void expect_stored(const EventStore& store, const std::vector<std::string>& ids) {
    std::vector<std::string> found;
    store.replay(0, [&](const StoredEvent& e) { found.push_back(e.event_id); });
    EXPECT_EQ(found, ids);
    EXPECT_EQ(store.size(), static_cast<std::int64_t>(ids.size()));
  }

  // For every n: opens, appends three calls of two events with the n-th operation failing, then without faults.
  void survive(Operation operation, int result, int at_least) {
    for (int n = 1; n < 1000; ++n) {
      SCOPED_TRACE(n);
      fs::remove_all(folder_);
      fs::create_directories(folder_);
      std::vector<std::string> acknowledged;
      const auto append = [&](EventStore& store, const std::string& id) {
        try {
          store.append(std::vector{numbered_event(id), numbered_event(id + "+")});
          acknowledged.insert(acknowledged.end(), {id, id + "+"});
        } catch (const Error& e) {
          EXPECT_EQ(e.code(), ErrorCode::kResources) << e.what();
        }
      };
      disk_.arm(operation, n, result);
      try {
        const auto store = open_sqlite_store(file_);
        for (const char* id : {"a", "b", "c"}) append(*store, id);
        disk_.disarm();
        append(*store, "later");
        EXPECT_TRUE(!store->writable() || acknowledged.back() == "later+");
        expect_stored(*store, acknowledged);
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kResources) << e.what();
      }
      disk_.disarm();
      const auto store = open_sqlite_store(file_);
      expect_stored(*store, acknowledged);
      append(*store, "last");
      EXPECT_EQ(acknowledged.back(), "last+");
      if (!disk_.fired()) {  // n is past the last operation
        EXPECT_GE(n, at_least);
        return;
      }
    }
    FAIL() << "operations without end";
  }
};

}  // namespace

TEST_F(StoreFaultTest, AnyOneFailedOpenIsATypedErrorAndHealsLater) {
  survive(Operation::kOpen, SQLITE_CANTOPEN, /*at_least=*/3);
}
TEST_F(StoreFaultTest, AnyOneFailedWriteIsATypedErrorAndHealsLater) {
  survive(Operation::kWrite, SQLITE_IOERR_WRITE, /*at_least=*/8);
}
TEST_F(StoreFaultTest, AnyOneFullDiskIsATypedErrorAndHealsLater) {
  survive(Operation::kWrite, SQLITE_FULL, /*at_least=*/8);
}
TEST_F(StoreFaultTest, AnyOneFailedSyncIsATypedErrorAndHealsOnReopening) {
  survive(Operation::kSync, SQLITE_IOERR_FSYNC, /*at_least=*/5);
}
TEST_F(StoreFaultTest, AnyOneFailedTruncateIsATypedErrorAndHealsLater) {
  survive(Operation::kTruncate, SQLITE_IOERR_TRUNCATE, /*at_least=*/1);
}

TEST_F(StoreFaultTest, FullDiskRefusesWritesAnswersReadsAndRecovers) {
  const auto store = open_sqlite_store(file_);
  store->append(std::vector{numbered_event("a")});
  disk_.arm(Operation::kWrite, 1, SQLITE_FULL, /*lasting=*/true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(store->append(std::vector{numbered_event("b")}), Error);
    expect_stored(*store, {"a"});
  }
  disk_.disarm();
  EXPECT_EQ(store->append(std::vector{numbered_event("b")}), std::vector{Appended::kNew});
  expect_stored(*store, {"a", "b"});
}

TEST_F(StoreFaultTest, FailedSyncStopsWritesUntilReopened) {
  {
    const auto store = open_sqlite_store(file_);
    store->append(std::vector{numbered_event("a")});
    disk_.arm(Operation::kSync, 1, SQLITE_IOERR_FSYNC);
    EXPECT_THROW(store->append(std::vector{numbered_event("b")}), Error);
    EXPECT_FALSE(store->writable());
    EXPECT_THROW(store->append(std::vector{numbered_event("c")}), Error);
    expect_stored(*store, {"a"});
  }
  const auto store = open_sqlite_store(file_);
  EXPECT_TRUE(store->writable());
  EXPECT_EQ(store->append(std::vector{numbered_event("c")}), std::vector{Appended::kNew});
}

TEST_F(StoreFaultTest, CallsThatArriveTogetherShareOneSync) {
  const auto store = open_sqlite_store(file_);
  const int before = disk_.syncs();
  std::atomic<int> done = 0;
  for (int i = 0; i < 1000; ++i)
    store->append_async({numbered_event(std::to_string(i))}, [&](auto, auto, auto) { ++done; });
  store->append(std::vector{numbered_event("last")});
  EXPECT_EQ(done, 1000);
  EXPECT_LT(disk_.syncs() - before, 100);
}

// The kernel's own refusal: a limit on file size in a child process.
TEST_F(StoreFaultTest, FileSizeLimitIsATypedErrorAndNothingIsHalfStored) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 200 * 1024, .rlim_max = 200 * 1024};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      const auto store = open_sqlite_store(file_);
      std::int64_t stored = 0;
      for (int i = 0; i < 10000; ++i) {
        try {
          store->append(std::vector{numbered_event(std::to_string(2 * i)), numbered_event(std::to_string(2 * i + 1))});
          stored += 2;
        } catch (const Error& e) {
          _exit(e.code() == ErrorCode::kResources && stored > 10 && store->size() == stored ? 0 : 3);
        }
      }
    } catch (...) {
      _exit(4);
    }
    _exit(5);  // the limit never struck
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto store = open_sqlite_store(file_);
  EXPECT_GT(store->size(), 10);
  EXPECT_EQ(store->size() % 2, 0);
  store->append(std::vector{numbered_event("after")});
}

}  // namespace genre
