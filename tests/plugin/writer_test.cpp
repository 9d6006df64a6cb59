#include "collect/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>

#include "child.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/record.hpp"

namespace sbraid::collect {
namespace {

using testing::IsEmpty;
using testing::Optional;

TEST(MayShareFile, OnlyOfFewKnownNodesWhereLocksAreKnownToHold) {
    EXPECT_TRUE(may_share_file(1, LockTrust::coherent));
    EXPECT_TRUE(may_share_file(16, LockTrust::coherent));
    EXPECT_FALSE(may_share_file(17, LockTrust::coherent));
    EXPECT_FALSE(may_share_file(0, LockTrust::coherent));
    EXPECT_FALSE(may_share_file(1, LockTrust::unknown));
    EXPECT_FALSE(may_share_file(1, LockTrust::lying));
}

class WriterTest : public testing::Test {
  protected:
    WriterTest() {
        char name[] = "/tmp/sbraid-writer.XXXXXX";
        folder_ = mkdtemp(name);
        step_.key = {{JobId{13}, std::nullopt}, "0", "n2", 0};
        step_.uid = geteuid();
        step_.gid = getegid();
        step_.nodes = 1;
        step_.run_dir = folder_;
    }
    ~WriterTest() override { std::filesystem::remove_all(folder_); }

    Child start() {
        auto child = start_child("sbraid-test", [this](int socket) { run_writer(socket, step_, k_name); });
        EXPECT_TRUE(child);
        return std::move(*child);
    }
    std::string record(std::uint64_t number) const {
        return encode({k_name, number, Timestamp{}, RankStarted{step_.key, 0, 1}});
    }
    Decoded read() const {
        auto state = read_state(folder_);
        EXPECT_TRUE(state);
        return std::move(*state);
    }

    const std::string k_name = "collect.13.0.0.n2.811";
    std::string folder_;
    Step step_;
};

TEST_F(WriterTest, WhatAKilledWriterHasStoredIsTakenOnce) {
    for (const std::uint32_t nodes : {1U, 17U}) {
        step_.nodes = nodes;
        Child killed = start();
        EXPECT_THAT(hand_over(killed, record(1)), Optional(true));
        EXPECT_THAT(hand_over(killed, record(2)), Optional(true));
        give_up(killed);
        Child successor = start();
        EXPECT_THAT(hand_over(successor, record(2)), Optional(true));
        EXPECT_THAT(hand_over(successor, record(3)), Optional(true));
        const Decoded state = read();
        EXPECT_EQ(state.records.size(), 3U);
        EXPECT_THAT(state.damage, IsEmpty());
        for (const Record& stored : state.records) EXPECT_EQ(stored.writer, k_name);
        EXPECT_EQ(std::filesystem::exists(folder_ + "/state.d/" + k_name + ".jsonl"), nodes == 17);
    }
}

TEST_F(WriterTest, AcknowledgesInGroupsAndWaitsForRoomToSayIt) {
    // We take no answer before neither side has room for more.
    constexpr std::uint64_t k_many = 100'000;
    const Child child = start();
    std::uint64_t sent = 0;
    pollfd room{child.socket.get(), POLLOUT, 0};
    while (sent < k_many && poll(&room, 1, 1'000) > 0)
        if (send_bytes(child.socket.get(), "#\n") == Sent::yes) ++sent;
    EXPECT_GT(sent, 64U);
    EXPECT_LT(sent, k_many);
    for (std::uint64_t taken = 0; taken < sent; ++taken) ASSERT_THAT(answer(child), Optional(true)) << taken;
}

TEST_F(WriterTest, SaysThatItCouldNotStore) {
    std::filesystem::remove_all(folder_);
    EXPECT_THAT(hand_over(start(), record(1)), Optional(false));
}

}  // namespace
}  // namespace sbraid::collect
