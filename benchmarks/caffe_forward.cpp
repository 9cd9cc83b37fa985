// Times Caffe's own run, for `portside bench --caffe PROGRAM`: one line of standard input in, the milliseconds of one
// forward pass out.
//
//   g++ -O2 -DCPU_ONLY -DUSE_HDF5 -I$CAFFE/include caffe_forward.cpp -o caffe_forward \
//     -L$CAFFE/lib -lcaffe -lglog -lprotobuf -lboost_system
//   echo | ./caffe_forward deploy.prototxt net.caffemodel

#include <caffe/caffe.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <string>

int main(int, char** arguments) {
  FLAGS_minloglevel = 3;
  google::InitGoogleLogging(arguments[0]);
  caffe::Caffe::set_mode(caffe::Caffe::CPU);
  caffe::Net<float> net(arguments[1], caffe::TEST);
  net.CopyTrainedLayersFrom(arguments[2]);
  caffe::Blob<float>* const data = net.input_blobs().at(0);
  std::mt19937 random(0);
  std::uniform_real_distribution<float> pixel(-120.0f, 130.0f);
  std::generate_n(data->mutable_cpu_data(), data->count(), [&] { return pixel(random); });
  for (std::string line; std::getline(std::cin, line);) {
    const auto start = std::chrono::steady_clock::now();
    net.Forward();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << took.count() << std::endl;
  }
}
