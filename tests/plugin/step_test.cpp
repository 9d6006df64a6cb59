#include "collect/step.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace sbraid::collect {
namespace {

protocol::Hello hello() {
    protocol::Hello hello{};
    hello.header = {protocol::k_magic, protocol::k_version, protocol::Kind::hello};
    hello.job = 15;
    hello.step = 0;
    hello.array_task = protocol::k_none;
    std::strcpy(hello.node, "n1");
    std::strcpy(hello.run_dir, "/home/ann/run");
    return hello;
}

TEST(Step, IsNamedByJobStepNodeAndRestart) {
    auto packet = hello();
    EXPECT_EQ(make_step(packet)->name(), "15.0.n1");
    packet.restart = 2;
    packet.step = protocol::k_batch_step;
    EXPECT_EQ(make_step(packet)->name(), "15.batch.n1.r2");
    EXPECT_TRUE(make_step(packet)->is_script);
    packet.step = protocol::k_interactive_step;
    EXPECT_EQ(make_step(packet)->key.step, "interactive");
}

TEST(Step, OfAnArrayIsKnownByItsElement) {
    auto packet = hello();
    packet.array_job = 12;
    packet.array_task = 3;
    EXPECT_EQ(make_step(packet)->key.key, (JobKey{JobId{12}, 3}));
    packet.array_task = 0xffffffff;  // INFINITE
    EXPECT_EQ(make_step(packet)->key.key, (JobKey{JobId{15}, std::nullopt}));
}

TEST(Step, IsNotBelievedWhenThePacketIsWrong) {
    EXPECT_TRUE(make_step(hello()));
    auto packet = hello();
    packet.header.version = 99;
    EXPECT_FALSE(make_step(packet));
    packet = hello();
    packet.header.magic = 0;
    EXPECT_FALSE(make_step(packet));
    packet = hello();
    packet.header.kind = protocol::Kind::end;
    EXPECT_FALSE(make_step(packet));
    packet = hello();
    packet.group_count = protocol::k_most_groups + 1;
    EXPECT_FALSE(make_step(packet));
    packet = hello();
    std::memset(packet.node, 'x', sizeof packet.node);
    EXPECT_FALSE(make_step(packet)) << "a text without end";
    for (const char* node : {"", "..", "a/b", "a b", ".hidden"}) {
        packet = hello();
        std::strcpy(packet.node, node);
        EXPECT_FALSE(make_step(packet)) << node;
    }
    packet = hello();
    std::strcpy(packet.run_dir, "relative");
    EXPECT_FALSE(make_step(packet));
}

}  // namespace
}  // namespace sbraid::collect
