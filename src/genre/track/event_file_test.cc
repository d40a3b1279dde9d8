#include "genre/track/event_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "genre/base/crc32c.h"
#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace fs = std::filesystem;

class EventFileTest : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("event_file_test-" + std::to_string(getpid()));
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  template <class T>
  static T number(std::string_view bytes) {
    T out;
    std::memcpy(&out, bytes.data(), sizeof out);  // tests run on little-endian machines
    return out;
  }
  // The data of each record, its frame checked.
  static std::vector<std::string> records(const fs::path& path) {
    std::vector<std::string> out;
    const std::string bytes = read_file(path);
    const auto unmasked = [](std::uint32_t crc) { return std::rotl(crc - 0xA282EAD8u, 15); };
    for (std::size_t at = 0; at < bytes.size();) {
      const std::string_view rest = std::string_view(bytes).substr(at);
      const auto length = number<std::uint64_t>(rest);
      EXPECT_EQ(unmasked(number<std::uint32_t>(rest.substr(8))), crc32c(rest.substr(0, 8)));
      out.emplace_back(rest.substr(12, length));
      EXPECT_EQ(unmasked(number<std::uint32_t>(rest.substr(12 + length))), crc32c(out.back()));
      at += 16 + length;
    }
    return out;
  }
};

TEST_F(EventFileTest, StartsWithTheVersionAndHoldsOneRecordAValue) {
  EventFile file(folder_);
  file.add(1, "train/loss", 0.5);
  file.add(300, "train/loss", std::nan(""));
  const auto all = records(file.path());
  ASSERT_EQ(all.size(), 4u);
  EXPECT_NE(all[0].find("\x1a\x0d"
                        "brain.Event:2"),
            std::string::npos);
  // Event: wall_time, step, summary{value{tag, simple_value}}
  EXPECT_EQ(all[2].substr(0, 1), "\x09");
  EXPECT_EQ(all[2].substr(9), std::string("\x10\x01\x2a\x13\x0a\x11\x0a\x0a"
                                          "train/loss"
                                          "\x15\x00\x00\x00\x3f",
                                          23));
  EXPECT_EQ(all[3].substr(9, 3), "\x10\xac\x02") << "300 as a varint";
  EXPECT_TRUE(std::isnan(number<float>(all[3].substr(all[3].size() - 4))));
}

TEST_F(EventFileTest, AFileThatGoesOnSaysFromWhichStepAndSortsBehind) {
  std::string last;
  for (int i = 0; i < 4; ++i) {
    const EventFile file(folder_, i * 10);
    const auto all = records(file.path());
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].substr(9), std::string("\x10") + static_cast<char>(i * 10 + 1) + "\x3a\x02\x08\x01")
        << "SessionLog START";
    EXPECT_GT(file.path().filename().string(), last);
    last = file.path().filename().string();
  }
}

TEST_F(EventFileTest, AFolderThatIsGoneIsAnError) {
  try {
    const EventFile file(folder_ / "gone");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResources);
  }
}

}  // namespace genre
