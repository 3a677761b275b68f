#include "core/eigen.h"

#include <doctest/doctest.h>

#include "core/cpu_memory.h"

using namespace seqrec;

namespace {

template <class T>
void check_both_ways() {
  CAPTURE(name_of(dtype_of<T>));
  const Tensor x = Tensor::zeros({2, 3}, dtype_of<T>);
  auto map = eigen::matrix<T>(x);
  CHECK(map.data() == x.data<T>());
  map(1, 2) = T(1);
  CHECK(x.template at<T>({1, 2}) == T(1));
  CHECK(eigen::strided_matrix<T>(x.transpose(0, 1))(2, 1) == T(1));
  CHECK(eigen::vector<T>(x.reshape({6}))(5) == T(1));
  CHECK(eigen::strided_vector<T>(x.select(1, 2))(1) == T(1));

  eigen::Matrix<T> rows = eigen::Matrix<T>::Zero(2, 3);
  const Tensor y = eigen::view(rows);
  CHECK(y.dtype() == dtype_of<T>);
  CHECK(y.shape() == Shape{2, 3});
  CHECK(y.is_contiguous());
  CHECK(y.template data<T>() == rows.data());
  y.template at<T>({1, 0}) = T(1);
  CHECK(rows(1, 0) == T(1));
}

}  // namespace

TEST_CASE("eigen: a tensor and a matrix share their elements, in every dtype") {
  check_both_ways<float>();
  check_both_ways<double>();
  check_both_ways<std::int32_t>();
  check_both_ways<std::int64_t>();
  check_both_ways<std::uint8_t>();
  check_both_ways<bool>();
}

TEST_CASE("eigen: maps of views walk their strides") {
  const Tensor x = Tensor::arange(12, DType::F64).reshape({3, 4});
  const auto middle = eigen::strided_matrix<double>(x.slice(1, 1, 3));
  CHECK(middle.rows() == 3);
  CHECK(middle.cols() == 2);
  CHECK(middle.sum() == 1 + 2 + 5 + 6 + 9 + 10);
  const auto transposed = eigen::strided_matrix<double>(x.transpose(0, 1));
  CHECK(transposed == eigen::matrix<double>(x).transpose());
  CHECK((eigen::matrix<double>(x) * transposed)(2, 0) == 8 * 0 + 9 * 1 + 10 * 2 + 11 * 3);
  const auto repeated = eigen::strided_matrix<double>(x.slice(0, 1, 2).expand({5, 4}));
  CHECK(repeated.row(4) == eigen::matrix<double>(x).row(1));
  CHECK(repeated.sum() == 5 * (4 + 5 + 6 + 7));
  CHECK(eigen::strided_vector<double>(Tensor::scalar(2, DType::F64).expand({3})).sum() == 6);
}

TEST_CASE("eigen: matrices of either order, vectors, arrays, blocks and maps are tensors") {
  Eigen::MatrixXf columns(2, 3);
  columns << 1, 2, 3, 4, 5, 6;
  const Tensor x = eigen::view(columns);
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.strides() == Shape{1, 2});
  CHECK(x.at<float>({1, 0}) == 4);
  CHECK(eigen::strided_matrix<float>(x) == columns);

  const Tensor block = eigen::view(columns.block(0, 1, 2, 2));
  CHECK(block.strides() == Shape{1, 2});
  CHECK(block.at<float>({1, 1}) == 6);
  CHECK(eigen::view(columns.row(1)).shape() == Shape{3});
  CHECK(eigen::view(columns.row(1)).at<float>({2}) == 6);
  CHECK(eigen::view(columns.transpose()).at<float>({2, 1}) == 6);

  Eigen::ArrayXXd array = Eigen::ArrayXXd::Constant(1, 2, 7);
  CHECK(eigen::view(array).shape() == Shape{1, 2});
  const Eigen::VectorXi vector = Eigen::VectorXi::LinSpaced(3, 0, 2);
  CHECK(eigen::view(vector).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 2});
  CHECK(eigen::view(vector).storage()->is_foreign());
  double buffer[] = {1, 2, 3, 4, 5, 6};
  const Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>> every_second(buffer, 3);
  CHECK(eigen::view(every_second).strides() == Shape{2});
  CHECK(eigen::view(every_second).at<double>({2}) == 5);
}

TEST_CASE("eigen: what is taken lives with the tensor") {
  Tensor x;
  const float* data = nullptr;
  {
    eigen::Matrix<float> matrix(2, 2);
    matrix << 1, 2, 3, 4;
    data = matrix.data();
    x = eigen::take(std::move(matrix)).select(0, 1);
  }
  CHECK(x.data<float>() == data + 2);
  CHECK(x.to_vector<float>() == std::vector<float>{3, 4});
  Eigen::Matrix2d a = Eigen::Matrix2d::Identity();
  CHECK(eigen::take(2 * a + a).at<double>({1, 1}) == 3);
  CHECK(eigen::take(a.row(0).transpose()).shape() == Shape{2});
}

TEST_CASE("eigen: sizes of 0 and 1") {
  CHECK(eigen::matrix<float>(Tensor({0, 3})).cols() == 3);
  CHECK(eigen::strided_matrix<float>(Tensor({3, 0}).transpose(0, 1)).size() == 0);
  CHECK(eigen::vector<double>(Tensor({0}, DType::F64)).size() == 0);
  CHECK(eigen::matrix<float>(Tensor::ones({1, 1}))(0, 0) == 1);
  Eigen::MatrixXf none(3, 0);
  CHECK(eigen::view(none).shape() == Shape{3, 0});
  CHECK(eigen::take(Eigen::MatrixXf(0, 2)).shape() == Shape{0, 2});
}

TEST_CASE("eigen: another dtype, rank, device or layout is refused") {
  CHECK_THROWS_WITH_AS(eigen::matrix<double>(Tensor({2, 3})), "[eigen] expected f64 with 2 dimensions, got f32 (2, 3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(eigen::matrix<float>(Tensor({2})), "[eigen] expected f32 with 2 dimensions, got f32 (2)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(eigen::strided_vector<float>(Tensor({2, 1})),
                       "[eigen] expected f32 with 1 dimension, got f32 (2, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(eigen::matrix<float>(Tensor({2, 3}).transpose(0, 1)),
                       "[eigen] expected a contiguous tensor, got strides (1, 3) for (3, 2): the strided maps take any",
                       ShapeError);
  CHECK_THROWS_WITH_AS(eigen::vector<float>(Tensor()), "[tensor] the tensor is undefined", ShapeError);
  const Device device{Device::Kind::Cuda, 9};
  set_memory(device, std::make_unique<CpuMemory>());
  CHECK_THROWS_WITH_AS(eigen::strided_matrix<float>(Tensor({2, 3}, DType::F32, device)),
                       "[eigen] expected a tensor on the cpu, got one on cuda:9", ShapeError);
}
