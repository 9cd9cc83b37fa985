// Times Caffe's own load: one line of standard input in, the milliseconds of one load out.
//
//   g++ -O2 -DCPU_ONLY -DUSE_HDF5 -I$CAFFE/include caffe_load.cpp -o caffe_load -L$CAFFE/lib -lcaffe -lglog -lprotobuf
//   echo | ./caffe_load deploy.prototxt net.caffemodel

#include <caffe/caffe.hpp>

#include <chrono>
#include <iostream>
#include <string>

int main(int, char** arguments) {
  FLAGS_minloglevel = 3;
  google::InitGoogleLogging(arguments[0]);
  caffe::Caffe::set_mode(caffe::Caffe::CPU);
  for (std::string line; std::getline(std::cin, line);) {
    const auto start = std::chrono::steady_clock::now();
    {
      caffe::Net<float> net(arguments[1], caffe::TEST);
      net.CopyTrainedLayersFrom(arguments[2]);
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      std::cout << took.count() << std::endl;
    }
  }
}
