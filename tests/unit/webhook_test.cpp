#include "sbraid/webhook.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

TEST(Webhook, TakesUrlsOfHttpWithAHost) {
    for (const char* url : {"https://hooks.example.org/services/T0/B1", "http://localhost:8080", "HTTPS://h",
                            "https://user:p%40ss@h:443/x?y=z#f", "http://[::1]:1/x",
                            "http://127.0.0.1/?a@b:c", "http://under_score.example/"})
        EXPECT_EQ(why_no_url(url), "") << url;
}

TEST(Webhook, TellsWhyATextIsNoUrl) {
    const std::string scheme = "it begins neither with https:// nor with http://";
    const std::string port = "its port is no number from 1 to 65535";
    const std::string host = "its host is neither a name nor an address";
    const std::string others = "it holds a blank or another character that stands in no URL";
    EXPECT_EQ(why_no_url(""), scheme);
    EXPECT_EQ(why_no_url("hooks.example.org/x"), scheme);
    EXPECT_EQ(why_no_url("ftp://h/x"), scheme);
    EXPECT_EQ(why_no_url("https:/h/x"), scheme);
    EXPECT_EQ(why_no_url("file:///etc/passwd"), scheme);
    EXPECT_EQ(why_no_url("https://"), "it names no host");
    EXPECT_EQ(why_no_url("https:///x"), "it names no host");
    EXPECT_EQ(why_no_url("https://user@/x"), "it names no host");
    EXPECT_EQ(why_no_url("https://?x"), "it names no host");
    EXPECT_EQ(why_no_url("https://h:/x"), port);
    EXPECT_EQ(why_no_url("https://h:0/x"), port);
    EXPECT_EQ(why_no_url("https://h:65536/x"), port);
    EXPECT_EQ(why_no_url("https://h:80a/x"), port);
    EXPECT_EQ(why_no_url("https://a,b/x"), host);
    EXPECT_EQ(why_no_url("https://[::1/x"), host);
    EXPECT_EQ(why_no_url("https://[]/x"), host);
    EXPECT_EQ(why_no_url("https://h/a b"), others);
    EXPECT_EQ(why_no_url("https://h/\n"), others);
    EXPECT_EQ(why_no_url("https://h/\xC3\xBC"), others);
    EXPECT_EQ(why_no_url("https://h\\x"), others);
}

TEST(Webhook, ShowsNothingThatMayBeASecret) {
    EXPECT_EQ(shown_address("https://user:pass@hooks.example.org:8443/services/T0?token=1#x"),
              "https://hooks.example.org:8443/…");
    EXPECT_EQ(shown_address("http://h"), "http://h");
    EXPECT_EQ(shown_address("http://h/"), "http://h");
    EXPECT_EQ(shown_address("http://h?token=1"), "http://h/…");
    EXPECT_EQ(shown_address("http://token@[::1]/"), "http://[::1]");
    EXPECT_EQ(shown_address("what is this"), "…");
    EXPECT_EQ(shown_address("file:/home/ada/.hook"), "file:/home/ada/.hook");
}

TEST(Webhook, KnowsTheFileBehindAnAddress) {
    EXPECT_EQ(address_file("file:/home/ada/.hook"), "/home/ada/.hook");
    EXPECT_EQ(address_file("https://h/file:x"), std::nullopt);
}

}  // namespace
}  // namespace sbraid
