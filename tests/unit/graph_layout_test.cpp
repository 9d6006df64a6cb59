#include "../../lib/src/graph_layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "../../lib/src/layout_network.hpp"

namespace sbraid {
namespace {

struct Graph {
    std::vector<LayoutBox> boxes;
    std::vector<LayoutWire> wires;
};

/// Wires only from smaller to larger numbers, over up to `reach` boxes.
Graph random_graph(std::uint32_t seed, std::uint32_t boxes, std::uint32_t wires, std::uint32_t reach) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    Graph graph;
    for (std::uint32_t i = 0; i < boxes; ++i)
        graph.boxes.push_back({84.0 + below(200), 40.0 + below(2) * 15});
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> seen;
    while (graph.wires.size() < wires) {
        const std::uint32_t to = 1 + below(boxes - 1);
        const std::uint32_t from = to - 1 - below(std::min(reach, to));
        const std::uint32_t kind = below(4);
        if (!seen.emplace(from, to, kind).second) continue;
        graph.wires.push_back({from, to, kind, kind == 3 ? 40.0 : 0.0});
    }
    return graph;
}

double left(const GraphLayout& drawn, std::size_t box) {
    return drawn.corners[box].x;
}
double right(const GraphLayout& drawn, std::size_t box) {
    return drawn.corners[box].x + drawn.boxes[box].width;
}
double top(const GraphLayout& drawn, std::size_t box) {
    return drawn.corners[box].y;
}
double bottom(const GraphLayout& drawn, std::size_t box) {
    return drawn.corners[box].y + drawn.boxes[box].height;
}

constexpr double k_rounding = 1e-6;

void expect_boxes_apart(const GraphLayout& drawn) {
    for (std::size_t a = 0; a < drawn.boxes.size(); ++a) {
        for (std::size_t b = a + 1; b < drawn.boxes.size(); ++b) {
            const bool apart = right(drawn, a) + 20 <= left(drawn, b) + k_rounding ||
                               right(drawn, b) + 20 <= left(drawn, a) + k_rounding ||
                               bottom(drawn, a) + 20 <= top(drawn, b) ||
                               bottom(drawn, b) + 20 <= top(drawn, a);
            ASSERT_TRUE(apart) << "boxes " << a << " and " << b;
        }
        ASSERT_GE(left(drawn, a), -k_rounding);
        ASSERT_LE(right(drawn, a), drawn.width + k_rounding);
        ASSERT_LE(bottom(drawn, a), drawn.height + k_rounding);
    }
}

/// Points of a vertical line and of a curve that is monotone in both directions are between those of its
/// ends.
void expect_no_box_is_crossed(const GraphLayout& drawn) {
    for (const LayoutPiece& piece : drawn.pieces) {
        for (std::size_t i = 0; i + 1 < piece.points.size(); ++i) {
            const LayoutPoint& a = piece.points[i];
            const LayoutPoint& b = piece.points[i + 1];
            ASSERT_LE(a.y, b.y) << "a wire runs upwards";
            if (i % 2 == 0) {
                ASSERT_EQ(a.x, b.x) << "a straight part is not vertical";
            }
            for (std::size_t box = 0; box < drawn.boxes.size(); ++box) {
                const bool beside =
                    std::max(a.x, b.x) < left(drawn, box) || std::min(a.x, b.x) > right(drawn, box);
                const bool above_or_below = b.y <= top(drawn, box) || a.y >= bottom(drawn, box);
                ASSERT_TRUE(beside || above_or_below) << "box " << box;
            }
        }
    }
}

/// Following the pieces of a wire leads from its box to the other.
void expect_wires_connect(const Graph& graph, const GraphLayout& drawn) {
    std::vector<std::vector<const LayoutPiece*>> of_wire(graph.wires.size());
    for (const LayoutPiece& piece : drawn.pieces) {
        for (const std::uint32_t wire : piece.wires) of_wire[wire].push_back(&piece);
    }
    for (std::size_t i = 0; i < graph.wires.size(); ++i) {
        const LayoutWire& wire = graph.wires[i];
        auto& pieces = of_wire[i];
        ASSERT_FALSE(pieces.empty());
        std::sort(pieces.begin(), pieces.end(), [](const LayoutPiece* a, const LayoutPiece* b) {
            return a->points.front().y < b->points.front().y;
        });
        const LayoutPoint start = pieces.front()->points.front();
        const LayoutPoint end = pieces.back()->points.back();
        ASSERT_EQ(start.y, bottom(drawn, wire.from));
        ASSERT_TRUE(start.x > left(drawn, wire.from) && start.x < right(drawn, wire.from));
        ASSERT_EQ(end.y, top(drawn, wire.to));
        ASSERT_TRUE(end.x > left(drawn, wire.to) && end.x + wire.label_width < right(drawn, wire.to));
        for (std::size_t k = 0; k < pieces.size(); ++k) {
            ASSERT_EQ(pieces[k]->arrives, k + 1 == pieces.size());
            if (k > 0) {
                ASSERT_EQ(pieces[k]->points.front(), pieces[k - 1]->points.back());
            }
        }
    }
}

/// Two labels, or a label and the next arrowhead, do not meet.
void expect_labels_apart(const Graph& graph, const GraphLayout& drawn) {
    std::map<std::uint32_t, std::map<double, double>> arrivals;  // box -> x -> width of the label
    for (const LayoutPiece& piece : drawn.pieces) {
        if (!piece.arrives) continue;
        const LayoutWire& wire = graph.wires[piece.wires.front()];
        arrivals[wire.to][piece.points.back().x] = wire.label_width;
    }
    for (const auto& [box, xs] : arrivals) {
        for (auto at = xs.begin(); std::next(at) != xs.end(); ++at) {
            ASSERT_GE(std::next(at)->first - at->first,
                      (at->second > 0 ? at->second + 16 : 14.0) - k_rounding);
        }
    }
}

void expect_readable(const Graph& graph) {
    const GraphLayout drawn = layout(graph.boxes, graph.wires);
    expect_boxes_apart(drawn);
    expect_no_box_is_crossed(drawn);
    expect_wires_connect(graph, drawn);
    expect_labels_apart(graph, drawn);
}

TEST(GraphLayout, LargeDrawingsAreGoneOverLessOften) {
    layout_steps::Network network;
    EXPECT_EQ(layout_steps::passes(network, 24), 24);
    network.vertices.resize(10'000);
    EXPECT_EQ(layout_steps::passes(network, 24), 24);
    network.vertices.resize(100'000);
    EXPECT_EQ(layout_steps::passes(network, 24), 10);
    network.vertices.resize(2'000'000);
    EXPECT_EQ(layout_steps::passes(network, 24), 1);
}

TEST(GraphLayout, TwoHundredBoxesDoNotOverlapAndNoWireCrossesABox) {
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        expect_readable(random_graph(seed, 200, 200 + seed * 30, seed % 2 == 0 ? 200 : 30));
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(GraphLayout, SmallGraphsOfEveryShape) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const std::uint32_t boxes = 2 + seed % 9;
        expect_readable(random_graph(seed, boxes, std::min(boxes * (boxes - 1) / 2, seed % 12), boxes));
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(GraphLayout, IsTheSameEachTime) {
    const Graph graph = random_graph(7, 120, 300, 120);
    const GraphLayout once = layout(graph.boxes, graph.wires);
    const GraphLayout again = layout(graph.boxes, graph.wires);
    EXPECT_EQ(once.corners, again.corners);
    ASSERT_EQ(once.pieces.size(), again.pieces.size());
    for (std::size_t i = 0; i < once.pieces.size(); ++i) {
        EXPECT_EQ(once.pieces[i].points, again.pieces[i].points);
        EXPECT_EQ(once.pieces[i].wires, again.pieces[i].wires);
    }
}

TEST(GraphLayout, NothingIsAnEmptyDrawing) {
    const GraphLayout drawn = layout({}, {});
    EXPECT_TRUE(drawn.corners.empty());
    EXPECT_EQ(drawn.width, 0);
    EXPECT_EQ(drawn.height, 0);
}

TEST(GraphLayout, AChainIsAVerticalLine) {
    Graph graph;
    for (std::uint32_t i = 0; i < 50; ++i) {
        graph.boxes.push_back({84.0 + 3 * i, 40});
        if (i > 0) graph.wires.push_back({i - 1, i, 0, 0});
    }
    const GraphLayout drawn = layout(graph.boxes, graph.wires);
    for (const LayoutPiece& piece : drawn.pieces) {
        for (const LayoutPoint& point : piece.points) EXPECT_DOUBLE_EQ(point.x, drawn.width / 2);
    }
}

TEST(GraphLayout, AChildStandsUnderTheMiddleOfItsParents) {
    const GraphLayout drawn = layout({{100, 40}, {100, 40}, {100, 40}, {100, 40}},
                                     {{0, 1, 0, 0}, {0, 2, 0, 0}, {1, 3, 0, 0}, {2, 3, 0, 0}});
    EXPECT_DOUBLE_EQ(drawn.corners[0].x, drawn.corners[3].x);
    EXPECT_DOUBLE_EQ(drawn.corners[0].x, (drawn.corners[1].x + drawn.corners[2].x) / 2);
    EXPECT_LT(drawn.corners[1].x, drawn.corners[2].x);
}

TEST(GraphLayout, WhatDoesNotHangTogetherStandsSideBySideInLines) {
    // Two hundred chains of three.
    Graph graph;
    graph.boxes.assign(600, {100, 40});
    for (std::uint32_t i = 0; i < 600; ++i) {
        if (i % 3 > 0) graph.wires.push_back({i - 1, i, 0, 0});
    }
    const GraphLayout drawn = layout(graph.boxes, graph.wires);
    EXPECT_LT(drawn.width, 4500);
    EXPECT_LT(drawn.height, 4500);
    for (std::uint32_t i = 0; i < 600; ++i) {
        if (i % 3 > 0) {
            ASSERT_EQ(drawn.corners[i].x, drawn.corners[i - 1].x);
        }
    }
    expect_readable(graph);
}

/// A hundred boxes between one and one.
Graph fan_of_a_hundred() {
    Graph graph;
    graph.boxes.assign(102, {100, 40});
    for (std::uint32_t i = 1; i <= 100; ++i) {
        graph.wires.push_back({0, i, 0, 0});
        graph.wires.push_back({i, 101, 0, 0});
    }
    return graph;
}

TEST(GraphLayout, AWideLayerIsBrokenIntoRowsThatFitAScreen) {
    const Graph graph = fan_of_a_hundred();
    const GraphLayout drawn = layout(graph.boxes, graph.wires);
    EXPECT_LT(drawn.width, 3000);
    std::map<double, int> rows;
    for (std::size_t i = 1; i <= 100; ++i) ++rows[drawn.corners[i].y];
    EXPECT_GE(rows.size(), 5U);
    for (const auto& [y, boxes] : rows) EXPECT_LE(boxes, 20);
    expect_readable(graph);
}

TEST(GraphLayout, WiresToOneBoxShareATrunk) {
    const Graph graph = fan_of_a_hundred();
    const GraphLayout drawn = layout(graph.boxes, graph.wires);
    // The last stretch, drawn once, is that of all the wires that come from the rows above the last.
    std::size_t arrivals = 0;
    std::size_t most = 0;
    for (const LayoutPiece& piece : drawn.pieces) {
        if (!piece.arrives || graph.wires[piece.wires.front()].to != 101) continue;
        ++arrivals;
        most = std::max(most, piece.wires.size());
    }
    EXPECT_LE(arrivals, 20U);
    EXPECT_GE(most, 80U);
}

TEST(GraphLayout, CrossingsThatCanBeAvoidedAreAvoided) {
    // Two layers of ten, box i below box 9 - i.
    Graph graph;
    graph.boxes.assign(20, {60, 40});
    for (std::uint32_t i = 0; i < 10; ++i) graph.wires.push_back({i, 19 - i, 0, 0});
    using namespace layout_steps;
    Network network = make_network(graph.boxes, graph.wires, assign_layers(graph.boxes, graph.wires));
    EXPECT_EQ(count_crossings(network), 45U);
    reduce_crossings(network);
    EXPECT_EQ(count_crossings(network), 0U);
}

TEST(GraphLayout, CrossingsAreCountedAsBySightOfEveryPair) {
    const Graph graph = random_graph(3, 60, 160, 12);
    using namespace layout_steps;
    const Network network = make_network(graph.boxes, graph.wires, assign_layers(graph.boxes, graph.wires));
    std::vector<std::size_t> position(network.vertices.size());
    for (const auto& layer : network.layers) {
        for (std::size_t i = 0; i < layer.size(); ++i) position[layer[i]] = i;
    }
    std::uint64_t crossings = 0;
    for (std::size_t a = 0; a < network.links.size(); ++a) {
        for (std::size_t b = a + 1; b < network.links.size(); ++b) {
            const Link& one = network.links[a];
            const Link& other = network.links[b];
            if (network.vertices[one.from].layer != network.vertices[other.from].layer) continue;
            const bool from = position[one.from] < position[other.from];
            const bool to = position[one.to] < position[other.to];
            if (one.from != other.from && one.to != other.to && from != to) ++crossings;
        }
    }
    EXPECT_EQ(count_crossings(network), crossings);
}

}  // namespace
}  // namespace sbraid
