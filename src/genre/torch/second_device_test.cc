#include "genre/torch/second_device_test.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/FakeGuardImpl.h>
#include <c10/core/impl/alloc_cpu.h>
#include <gtest/gtest.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <atomic>
#include <cstring>
#include <limits>

namespace genre::trainer {
namespace {

std::atomic<std::int64_t> bytes_taken = 0, bytes_there = std::numeric_limits<std::int64_t>::max(), kernels_run = 0;

struct Allocation {
  void* data;
  std::int64_t bytes;
};

void free_block(void* context) {
  auto* const block = static_cast<Allocation*>(context);
  bytes_taken -= block->bytes;
  c10::free_cpu(block->data);
  delete block;
}

class SecondMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    const auto bytes = static_cast<std::int64_t>(size);
    TORCH_CHECK_WITH(OutOfMemoryError, bytes_taken + bytes <= bytes_there, "no room for ", bytes, " bytes");
    bytes_taken += bytes;
    auto* const block = new Allocation{c10::alloc_cpu(size), bytes};
    return {block->data, block, &free_block, kSecondDevice};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t count) const override { std::memcpy(to, from, count); }
};

SecondMemory memory;
REGISTER_ALLOCATOR(c10::DeviceType::PrivateUse1, &memory)
C10_REGISTER_GUARD_IMPL(PrivateUse1, c10::impl::FakeGuardImpl<c10::DeviceType::PrivateUse1>);

// By which libtorch knows that such a device is there.
struct SecondDevice final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {  // seeded with the others, read by nobody
    static const at::Generator generator = at::detail::createCPUGenerator();
    return generator;
  }
};

const bool registered = [] {
  c10::register_privateuse1_backend("second");
  at::RegisterPrivateUse1HooksInterface(new SecondDevice);
  return true;
}();

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

at::Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &memory, kKeys, c10::dtype_or_default(type), format);
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &memory, kKeys, c10::dtype_or_default(type));
}

// A tensor of the device as one of the processor, whose changes go back with store().
class Opened {
 public:
  explicit Opened(const at::Tensor& tensor)
      : storage_(tensor.storage()), bytes_(at::empty({static_cast<std::int64_t>(storage_.nbytes())}, at::kByte)) {
    invert(bytes_.data_ptr<std::uint8_t>(), static_cast<const std::uint8_t*>(storage_.data()));
    const auto first = tensor.storage_offset() * static_cast<std::int64_t>(tensor.element_size());
    view_ = at::from_blob(bytes_.data_ptr<std::uint8_t>() + first, tensor.sizes(), tensor.strides(),
                          at::TensorOptions(tensor.scalar_type()));
  }
  at::Tensor& view() { return view_; }
  void store() { invert(static_cast<std::uint8_t*>(storage_.mutable_data()), bytes_.data_ptr<std::uint8_t>()); }

 private:
  void invert(std::uint8_t* to, const std::uint8_t* from) const {
    for (std::size_t i = 0; i < storage_.nbytes(); ++i) to[i] = static_cast<std::uint8_t>(~from[i]);
  }
  c10::Storage storage_;
  at::Tensor bytes_, view_;
};

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool /*non_blocking*/) {
  if (from.numel() == 0) return to;
  const at::Tensor source = from.is_cpu() ? from : Opened(from).view().clone();
  if (to.is_cpu()) {
    to.copy_(source);
  } else {
    Opened target(to);
    target.view().copy_(source);
    target.store();
  }
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (from.sizes() != to.sizes()) {
    const std::size_t bytes = from.numel() * to.element_size();
    to.storage().unsafeGetStorageImpl()->set_data_ptr(memory.allocate(bytes));
    to.storage().unsafeGetStorageImpl()->set_nbytes(bytes);
    to.unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
  }
  return copy_from(from, to, false);
}

// As kernels of a GPU do, where the fallback itself would take tensors of both.
void refuse_mixture(const c10::OperatorHandle& kernel, const c10::Stack& stack) {
  const auto check = [&](const at::Tensor& one) {
    TORCH_CHECK(!one.defined() || one.dim() == 0 || one.device() == kSecondDevice, kernel.schema().name(),
                " is given a tensor of ", one.device(), " beside those of ", kSecondDevice);
  };
  for (const c10::IValue& value : stack) {
    if (value.isTensor()) check(value.toTensor());
    if (value.isTensorList())
      for (const at::Tensor& one : value.toTensorVector()) check(one);
    if (value.isOptionalTensorList())
      for (const std::optional<at::Tensor>& one : value.toOptionalTensorVector()) check(one.value_or(at::Tensor()));
  }
}

void on_the_processor(const c10::OperatorHandle& kernel, c10::Stack* stack) {
  refuse_mixture(kernel, *stack);
  ++kernels_run;
  at::native::cpu_fallback(kernel, stack, /*error_on_views=*/true);
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("view", &at::native::view);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&on_the_processor>()); }

std::int64_t second_device_bytes() { return bytes_taken; }
void limit_second_device(std::int64_t bytes) {
  bytes_there = bytes < 0 ? std::numeric_limits<std::int64_t>::max() : bytes;
}
std::int64_t second_device_kernels() { return kernels_run; }

TEST(SecondDevice, ComputesWhatTheProcessorNeitherReadsNorMixesWithItsOwn) {
  const torch::Tensor here = torch::arange(5, torch::kFloat32), there = here.to(kSecondDevice);
  EXPECT_NE(there.data_ptr<float>()[1], here.data_ptr<float>()[1]);
  EXPECT_TRUE((there * 2).cpu().equal(here * 2));
  EXPECT_TRUE(there.view({5, 1}).expand({5, 3}).cpu().equal(here.view({5, 1}).expand({5, 3})));
  EXPECT_THROW(there + here, c10::Error);
  EXPECT_THROW(torch::dot(here, there), c10::Error);
}

}  // namespace genre::trainer
