#include "genre/lm/bert_weights.h"

#include <bit>

#include "genre/base/error.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace {

class Reader {
 public:
  Reader(const SafetensorsFile& file, EncoderPrecision precision) : file_(file), precision_(precision) {
    if (!file.has("embeddings.word_embeddings.weight") && file.has("bert.embeddings.word_embeddings.weight"))
      prefix_ = "bert.";
  }

  // R x C; a vector has R = 1. The view stays valid as long as the file and `kept`.
  ConstMatrixView matrix(const std::string& name, std::int64_t rows, std::int64_t cols,
                         std::vector<Matrix>& kept) const {
    const std::string full = prefix_ + name;
    const std::vector<std::int64_t> shape = rows == 1 ? std::vector{cols} : std::vector{rows, cols};
    const TensorView& tensor = file_.at(full);
    if (tensor.dtype != DType::kF16 && tensor.dtype != DType::kBF16) {
      const auto values = file_.values<float>(full, shape);
      check_finite(full, values);
      return {values.data(), rows, cols};
    }
    if (tensor.shape != shape) refuse(full, "has another shape than config.json says");
    Matrix& out = kept.emplace_back(rows, cols);
    nn::dequantise(tensor.dtype == DType::kBF16 ? BlockFormat::kBF16 : BlockFormat::kF16, tensor.bytes,
                   {out.data(), out.values().size()});
    check_finite(full, out.values());
    return out.view();
  }

  std::vector<float> vector(const std::string& name, std::int64_t size) const {
    std::vector<Matrix> kept;
    const auto row = matrix(name, 1, size, kept).row(0);
    return {row.begin(), row.end()};
  }

  // Output-major products that share their input, one below the other.
  Linear linear(const std::vector<std::string>& names, std::int64_t outputs, std::int64_t inputs) const {
    Matrix stacked(static_cast<std::int64_t>(names.size()) * outputs, inputs);
    std::vector<float> biases;
    float* to = stacked.data();
    for (const auto& name : names) {
      std::vector<Matrix> kept;
      const ConstMatrixView weight = matrix(name + ".weight", outputs, inputs, kept);
      to = std::copy_n(weight.data(), outputs * inputs, to);
      const auto bias = vector(name + ".bias", outputs);
      biases.insert(biases.end(), bias.begin(), bias.end());
    }
    return {stacked, std::move(biases), precision_};
  }

  LayerNormWeights norm(const std::string& name, std::int64_t size) const {
    return {vector(name + ".weight", size), vector(name + ".bias", size)};
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& fault) const {
    throw Error(ErrorCode::kData, "tensor '" + name + "' " + fault, "fetch the model again",
                {.file = file_.path().string()});
  }
  void check_finite(const std::string& name, std::span<const float> values) const {
    std::uint32_t worst = 0;  // NaN and infinities have the largest exponent
    for (const float v : values) worst = std::max(worst, std::bit_cast<std::uint32_t>(v) & 0x7FFFFFFFu);
    if (worst >= 0x7F800000u) refuse(name, "holds a value that is not finite");
  }

  const SafetensorsFile& file_;
  EncoderPrecision precision_;
  std::string prefix_;
};

}  // namespace

BertWeights read_bert_weights(const std::filesystem::path& path, const BertConfig& config, EncoderPrecision precision) {
  BertWeights out;
  out.file = std::make_shared<const SafetensorsFile>(path);
  const Reader reader(*out.file, precision);
  const std::int64_t width = config.hidden;
  // Views into `converted` must survive its growth.
  out.converted.reserve(3);
  out.words = reader.matrix("embeddings.word_embeddings.weight", config.vocabulary, width, out.converted);
  out.positions = reader.matrix("embeddings.position_embeddings.weight", config.positions, width, out.converted);
  std::vector<Matrix> kept;
  const auto types = reader.matrix("embeddings.token_type_embeddings.weight", config.types, width, kept);
  out.type.assign(types.row(0).begin(), types.row(0).end());
  out.embedding_norm = reader.norm("embeddings.LayerNorm", width);
  for (int l = 0; l < config.layers; ++l) {
    const std::string layer = "encoder.layer." + std::to_string(l) + ".", self = layer + "attention.self.";
    out.layers.push_back(
        {.query_key_value = reader.linear({self + "query", self + "key", self + "value"}, width, width),
         .attention_output = reader.linear({layer + "attention.output.dense"}, width, width),
         .attention_norm = reader.norm(layer + "attention.output.LayerNorm", width),
         .intermediate = reader.linear({layer + "intermediate.dense"}, config.intermediate, width),
         .output = reader.linear({layer + "output.dense"}, width, config.intermediate),
         .output_norm = reader.norm(layer + "output.LayerNorm", width)});
  }
  return out;
}

}  // namespace genre
