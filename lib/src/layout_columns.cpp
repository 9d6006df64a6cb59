// Each layer in turn, from top to bottom and back, several times: every vertex wants to stand at the mean of
// its neighbours above and below; along a trunk or a chain, the rest of it counts most. The places that are
// nearest to all wishes of a layer, in its order and with room between neighbours, are found by pooling those
// that push each other (isotonic regression, linear). The sum over all links of their width squared never
// grows in this, so it settles. Then what could be a vertical line becomes one: along trunks and chains, as
// many vertices in a row as have a column in common where they have room. Boxes and lines take turns, a few
// times, because each makes room for the other.
//
// Rejected: Brandes and Köpf's alignment in four directions. Its blocks reach over many layers and push each
// other apart; two hundred tasks became five times as wide.

#include <algorithm>
#include <limits>

#include "layout_network.hpp"

namespace sbraid::layout_steps {
namespace {

constexpr int k_one_sided = 2;  // rounds that look only to where they come from, to spread quickly
constexpr int k_rounds = 16;
constexpr int k_turns = 6;            // of straight lines and of the boxes about them
constexpr double k_line_weight = 16;  // of a link in a trunk or a chain
constexpr double k_stay_weight = 0.01;
constexpr double k_fixed_weight = 1e6;

struct Wish {
    double place = 0;
    double weight = 0;
};

class Columns {
  public:
    explicit Columns(const Network& network)
        : network_(network), x_(network.vertices.size(), 0), room_left_(x_.size(), 0), position_(x_.size()) {
        for (const auto& layer : network.layers) pack(layer);
        for (const Link& link : network.links) {
            weight_.push_back(follower(link.from) == link.to ? k_line_weight : 1);
        }
    }

    void settle(int rounds, bool bends_stay) {
        bends_stay_ = bends_stay;
        const std::size_t count = network_.layers.size();
        for (int round = 0; round < rounds; ++round) {
            const bool both = bends_stay || round >= k_one_sided;
            for (std::size_t i = 0; i < count; ++i) place(network_.layers[i], true, both);
            for (std::size_t i = count; i > 0; --i) place(network_.layers[i - 1], both, true);
        }
    }

    void straighten() {
        std::vector<bool> done(x_.size(), false);
        for (const bool trunks : {true, false}) {
            for (const auto& layer : network_.layers) {
                for (const Index vertex : layer) {
                    if (done[vertex] || network_.vertices[vertex].is_bend() != trunks) continue;
                    std::vector<Index> chain{vertex};
                    for (Index next = follower(vertex); next != k_none; next = follower(next)) {
                        chain.push_back(next);
                    }
                    for (const Index one : chain) done[one] = true;
                    straighten(chain);
                }
            }
        }
    }

    std::vector<double> take() { return std::move(x_); }

  private:
    /// Side by side, about 0.
    void pack(const std::vector<Index>& layer) {
        double end = 0;
        for (std::size_t i = 0; i < layer.size(); ++i) {
            const Vertex& vertex = network_.vertices[layer[i]];
            position_[layer[i]] = static_cast<Index>(i);
            if (i > 0) {
                const Vertex& before = network_.vertices[layer[i - 1]];
                room_left_[layer[i]] = (before.width + vertex.width) / 2 + gap_between(before, vertex);
                end += room_left_[layer[i]];
            }
            x_[layer[i]] = end;
        }
        for (const Index vertex : layer) x_[vertex] -= end / 2;
    }

    [[nodiscard]] Wish wish_of(Index vertex, bool above, bool below) const {
        const bool bend = network_.vertices[vertex].is_bend();
        Wish wish{0, bend && bends_stay_ ? k_fixed_weight : k_stay_weight};
        wish.place = x_[vertex] * wish.weight;
        const auto hear = [&](Index link, Index other) {
            wish.place += x_[other] * weight_[link];
            wish.weight += weight_[link];
        };
        if (above) {
            for (const Index link : network_.up[vertex]) hear(link, network_.links[link].from);
        }
        if (below) {
            for (const Index link : network_.down[vertex]) hear(link, network_.links[link].to);
        }
        wish.place /= wish.weight;
        return wish;
    }

    void place(const std::vector<Index>& layer, bool above, bool below) {
        auto& pools = pools_;
        pools.clear();
        double offset = 0;  // the rooms so far
        for (const Index vertex : layer) {
            offset += room_left_[vertex];
            const Wish wish = wish_of(vertex, above, below);
            pools.push_back({wish.place - offset, wish.weight, 1});
            while (pools.size() > 1 && pools[pools.size() - 2].place > pools.back().place) {
                const Pool last = pools.back();
                pools.pop_back();
                Pool& pool = pools.back();
                const double weight = pool.weight + last.weight;
                pool.place = (pool.place * pool.weight + last.place * last.weight) / weight;
                pool.weight = weight;
                pool.size += last.size;
            }
        }
        offset = 0;
        std::size_t at = 0;
        for (const Pool& pool : pools) {
            for (std::size_t i = 0; i < pool.size; ++i, ++at) {
                offset += room_left_[layer[at]];
                x_[layer[at]] = pool.place + offset;
            }
        }
    }

    /// The vertex below that should stand in the same column: the trunk's next bend; of a box with one child
    /// that has one parent, the child.
    [[nodiscard]] Index follower(Index vertex) const {
        const auto& down = network_.down[vertex];
        if (!network_.vertices[vertex].is_bend()) {
            if (down.size() != 1) return k_none;
            const Index to = network_.links[down.front()].to;
            return network_.vertices[to].is_bend() || network_.up[to].size() != 1 ? k_none : to;
        }
        for (const Index link : down) {
            const Index to = network_.links[link].to;
            if (network_.vertices[to].is_bend()) return to;
        }
        return k_none;
    }

    struct Range {
        double low = -std::numeric_limits<double>::infinity();
        double high = std::numeric_limits<double>::infinity();
    };

    /// Where the vertex can go without moving its neighbours.
    [[nodiscard]] Range range_of(Index vertex) const {
        const auto& layer = network_.layers[network_.vertices[vertex].layer];
        const std::size_t at = position_[vertex];
        Range range;
        if (at > 0) range.low = x_[layer[at - 1]] + room_left_[vertex];
        if (at + 1 < layer.size()) range.high = x_[layer[at + 1]] - room_left_[layer[at + 1]];
        return range;
    }

    void straighten(const std::vector<Index>& chain) {
        for (std::size_t i = 0; i < chain.size();) {
            Range common = range_of(chain[i]);
            std::size_t end = i + 1;
            for (; end < chain.size(); ++end) {
                const Range next = range_of(chain[end]);
                const Range both{std::max(common.low, next.low), std::min(common.high, next.high)};
                if (both.low > both.high) break;
                common = both;
            }
            const std::vector<Index> line(chain.begin() + static_cast<std::ptrdiff_t>(i),
                                          chain.begin() + static_cast<std::ptrdiff_t>(end));
            const double column = std::max(common.low, std::min(wish_of_line(line), common.high));
            for (const Index vertex : line) x_[vertex] = column;
            i = end;
        }
    }

    /// The mean of what the line is linked to; of a line that is linked to nothing, its own.
    [[nodiscard]] double wish_of_line(const std::vector<Index>& line) const {
        double sum = 0;
        double own = 0;
        std::size_t count = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            own += x_[line[i]];
            for (const Index link : network_.up[line[i]]) {
                const Index other = network_.links[link].from;
                if (i > 0 && other == line[i - 1]) continue;
                sum += x_[other];
                ++count;
            }
            for (const Index link : network_.down[line[i]]) {
                const Index other = network_.links[link].to;
                if (i + 1 < line.size() && other == line[i + 1]) continue;
                sum += x_[other];
                ++count;
            }
        }
        return count > 0 ? sum / static_cast<double>(count) : own / static_cast<double>(line.size());
    }

    /// Vertices that push each other.
    struct Pool {
        double place = 0;  // of its first vertex, as if all rooms to the left of it were none
        double weight = 0;
        std::size_t size = 0;
    };

    const Network& network_;
    std::vector<double> x_;          // the middles
    std::vector<double> room_left_;  // least distance of the middles to the one on the left
    std::vector<Index> position_;
    std::vector<double> weight_;  // of the links
    std::vector<Pool> pools_;     // of the layer that is being placed
    bool bends_stay_ = false;
};

}  // namespace

std::vector<double> assign_columns(const Network& network) {
    Columns columns(network);
    columns.settle(passes(network, k_rounds), false);
    for (int turn = passes(network, k_turns); turn > 0; --turn) {
        columns.straighten();
        columns.settle(2, true);
    }
    columns.straighten();
    return columns.take();
}

}  // namespace sbraid::layout_steps
