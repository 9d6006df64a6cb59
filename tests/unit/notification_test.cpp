// What a webhook is owed, from plan and state.
#include "sbraid/notification.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string told(std::string_view on) {
    return "[notify]\nwebhook = \"https://hooks.example.org/secret\"\non = " + std::string{on} +
           std::string{k_chain};
}

std::vector<std::string> keys(const World& world) {
    std::vector<std::string> result;
    for (const Notification& one : owed(world.plan, world.state)) result.push_back(one.key);
    return result;
}

std::string key(std::string_view occasion, int round = 1) {
    return std::string{k_run} + ":" + std::string{occasion} + ":" + std::to_string(round);
}

TEST(Notification, NothingIsOwedBeforeAnythingHappened) {
    World world(told(R"(["finished", "failed"])"));
    EXPECT_THAT(keys(world), IsEmpty());
    world.submit_all();
    EXPECT_THAT(keys(world), IsEmpty());
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::running);
    EXPECT_THAT(keys(world), IsEmpty());
}

TEST(Notification, AWorkflowWithoutWebhookOwesNothing) {
    World world(k_chain);
    world.submit_all();
    for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::failed);
    EXPECT_THAT(notifications(world.plan, world.state), IsEmpty());
}

TEST(Notification, ARunThatEndedWellIsFinishedAndDidNotFail) {
    World world(told(R"(["finished", "failed"])"));
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::completed);
    world.dead();
    EXPECT_THAT(keys(world), ElementsAre(key("finished")));
}

TEST(Notification, AFailureIsOwedAtOnceAndTheEndBehindIt) {
    World world(told(R"(["finished", "failed"])"));
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::failed);
    EXPECT_THAT(keys(world), ElementsAre(key("failed")));
    world.slurm_says("alarm", JobState::completed);
    EXPECT_THAT(keys(world), ElementsAre(key("failed"), key("finished")));
}

TEST(Notification, OnlyWhatIsAskedForIsOwed) {
    for (const char* occasion : {"finished", "failed"}) {
        World world(told("\"" + std::string{occasion} + "\""));
        world.submit_all();
        for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::failed);
        EXPECT_THAT(keys(world), ElementsAre(key(occasion)));
    }
}

TEST(Notification, WhatTheBatchScriptSaysAloneIsNoFailureYet) {
    World world(told("\"failed\""));
    world.submit_all();
    world.say(AttemptEnded{{world.id("prep"), std::nullopt}, "prep", 0, 1});
    EXPECT_THAT(keys(world), IsEmpty()) << "Slurm may run it again";
}

TEST(Notification, ACancelledRunIsFinishedAndDidNotFail) {
    World world(told(R"(["finished", "failed"])"));
    world.submit_all();
    for (const char* job : {"alarm", "train", "prep"}) {
        world.say(JobCancelled{job, {world.id(job), {}}, "cancel"});
        world.slurm_says(job, JobState::cancelled);
    }
    EXPECT_EQ(world.now(), RunPhase::cancelled);
    EXPECT_THAT(keys(world), ElementsAre(key("finished")));
}

TEST(Notification, ARunThatWasTakenBackIsNotToldOf) {
    World world(told(R"(["finished", "failed"])"));
    world.submit("prep");
    world.say(JobRefused{"train", 1, "no"});
    world.say(RollbackStarted{});
    world.say(JobCancelled{"prep", {world.id("prep"), {}}, "rollback"});
    world.say(RunTakenBack{});
    EXPECT_EQ(world.now(), RunPhase::cancelled);
    EXPECT_THAT(keys(world), IsEmpty());
}

TEST(Notification, AnAnswerSettlesItsOccasionWhateverItWas) {
    World world(told(R"(["finished", "failed"])"));
    world.submit_all();
    for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::failed);
    world.say(WebhookAnswered{"failed", 1, 404});
    EXPECT_THAT(keys(world), ElementsAre(key("finished")));
    world.say(WebhookAnswered{"finished", 1, 200});
    EXPECT_THAT(keys(world), IsEmpty());
    EXPECT_EQ(notifications(world.plan, world.state).size(), 2U);
}

TEST(Notification, ARunThatGoesOnAfterItsEndEndsOnceMore) {
    World world(told("\"finished\""));
    world.submit_all();
    for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::failed);
    world.say(WebhookAnswered{"finished", 1, 200});
    world.submit("train", 2, 501);
    world.submit("alarm", 2, 502);
    world.say(JobsReleased{{JobId{501}, JobId{502}}});
    world.say(RunSubmitted{});
    EXPECT_EQ(world.state.round, 2U);
    EXPECT_THAT(keys(world), IsEmpty());
    world.say(RunSubmitted{});
    EXPECT_EQ(world.state.round, 2U);
    for (const std::uint32_t id : {501U, 502U}) {
        JobStatus status;
        status.key = {JobId{id}, std::nullopt};
        status.state = JobState::completed;
        status.nodes = "n1";
        observe(world.state, world.plan, {status}, world.now_s());
    }
    EXPECT_THAT(keys(world), ElementsAre(key("finished", 2)));
}

TEST(Notification, TheBodyTellsHowTheRunStands) {
    World world(told("\"finished\""));
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    JobStatus train = world.status("train", JobState::failed);
    train.exit_code = 3;
    train.end = at_s(5000);
    observe(world.state, world.plan, {train}, world.now_s());
    world.slurm_says("alarm", JobState::completed);
    const auto all = owed(world.plan, world.state);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(all.front().body), nlohmann::json::parse(R"({
        "schema": "sbraid.notification/1",
        "key": "flow-20260101T000000-5f3a9c:finished:1",
        "event": "finished",
        "text": "run flow-20260101T000000-5f3a9c: failed; 3 tasks: 2 done, 1 failed",
        "run": "flow-20260101T000000-5f3a9c",
        "name": "flow",
        "state": "failed",
        "counts": {"COMPLETED": 2, "FAILED": 1},
        "failures": 1,
        "failed": [{"task": "train", "element": null, "job_id": "102", "state": "FAILED",
                    "exit_code": 3, "signal": null}],
        "run_dir": "/home/ada/flow/.sbraid/flow-20260101T000000-5f3a9c",
        "user": "ada",
        "created": 1000,
        "ended": 5000
    })"));
    EXPECT_EQ(all.front().body.find("secret"), std::string::npos);
    EXPECT_EQ(all.front().body.find('\n'), std::string::npos);
}

TEST(Notification, OfThousandsOfFailuresAHundredAreNamed) {
    World world("[notify]\nwebhook = \"https://h\"\n[task.a]\nrun = \"true\"\narray = \"0-499\"\n");
    world.submit_all();
    world.slurm_says("a", JobState::failed);
    const auto body = nlohmann::json::parse(owed(world.plan, world.state).at(0).body);
    EXPECT_EQ(body.at("failures"), 500);
    EXPECT_EQ(body.at("failed").size(), 100U);
    EXPECT_EQ(body.at("failed").at(99).at("element"), "99");
}

TEST(Notification, AnAnswerIsDeliveryRefusalOrToBeTriedAgain) {
    for (const int status : {200, 201, 202, 204, 299}) EXPECT_EQ(verdict(status), Verdict::delivered);
    for (const int status : {300, 301, 304, 400, 401, 403, 404, 410, 422})
        EXPECT_EQ(verdict(status), Verdict::refused);
    for (const int status : {408, 425, 429, 500, 502, 503, 504}) EXPECT_EQ(verdict(status), Verdict::busy);
}

}  // namespace
}  // namespace sbraid
