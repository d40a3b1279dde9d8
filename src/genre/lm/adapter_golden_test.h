// For tests: small models and their adapters of a golden file, as files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/lm/decoder.h"
#include "genre/lm/encoder.h"
#include "genre/lm/testing.h"

namespace genre {

class AdapterGolden : public testing::Test {
 protected:
  explicit AdapterGolden(const std::string& file)
      : golden_(nlohmann::json::parse(read_file(std::string(GENRE_SOURCE_DIR "/tests/golden/") + file))) {}

  // Of the last rows of the golden ones, as many as there are.
  static double worst_difference(const Matrix& a, const nlohmann::json& golden) {
    double worst = 0;
    const std::int64_t before = std::ssize(golden) - a.rows();
    EXPECT_GE(before, 0);
    for (std::int64_t r = 0; r < a.rows(); ++r)
      for (std::int64_t c = 0; c < a.cols(); ++c)
        worst = std::max(worst, std::abs(double{a.row(r)[c]} - golden.at(before + r).at(c).get<double>()));
    return worst;
  }
  // The folder of a model, and of one of its adapters.
  std::filesystem::path write_model(const std::string& name) const {
    const nlohmann::json& model = golden_.at("models").at(name);
    const std::filesystem::path folder = folder_.path() / name;
    write_file_atomic(folder / "config.json", model.at("config").dump());
    write_golden_weights(model.at("tensors"), folder / "model.safetensors");
    return folder;
  }
  std::filesystem::path write_adapter(const std::string& name, const nlohmann::json& adapter) const {
    const std::filesystem::path folder = folder_.path() / name;
    std::filesystem::remove_all(folder);
    write_file_atomic(folder / "adapter_config.json", adapter.at("config").dump());
    const bool hub = !adapter.at("config").contains("peft_type");
    write_golden_weights(adapter.at("tensors"), folder / (hub ? "adapter.safetensors" : "adapter_model.safetensors"));
    return folder;
  }
  static std::vector<std::int32_t> ids(const nlohmann::json& model) { return model.at("ids"); }
  static Matrix states(const Encoder& encoder, const nlohmann::json& model) {
    PackedTokens tokens;
    tokens.ids = ids(model);
    tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
    return encoder.states(encoder.with_virtual_tokens(tokens));
  }
  static Matrix logits(const Decoder& decoder, const nlohmann::json& model) {
    const auto tokens = ids(model);
    KvCache cache = decoder.new_cache();
    const DecoderSlice slice{&cache, tokens, static_cast<int>(tokens.size())};
    return decoder.forward({&slice, 1});
  }
  template <class Model>
  void expect_refused(const Model& base, const nlohmann::json& adapter, const std::string& fault,
                      const std::string& hint = "") {
    try {
      base.with_adapter(write_adapter("refused", adapter));
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what() << "\nwanted: " << fault;
      EXPECT_NE(e.hint().find(hint), std::string::npos) << e.hint();
    }
  }

  const nlohmann::json golden_;
  const TestFolder folder_{"adapter-golden"};
};

}  // namespace genre
