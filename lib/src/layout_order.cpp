// Sweeps down and up: each layer is sorted by the mean position of its neighbours in the layer before, until
// several sweeps in a row bring nothing; the best order seen is kept. Then neighbours in a layer change
// places wherever that takes a crossing away. The start is a depth-first walk, so that what belongs together
// begins together; vertices without neighbours keep their place in a sweep.

#include <algorithm>
#include <numeric>

#include "layout_network.hpp"

namespace sbraid::layout_steps {
namespace {

constexpr int k_sweeps = 24;
constexpr int k_patience = 6;  // sweeps without a better order
constexpr int k_exchanges = 12;

class Order {
  public:
    explicit Order(Network& network) : network_(network), position_(network.vertices.size()) { number_all(); }

    void reduce() {
        start();
        Layers best = network_.layers;
        std::uint64_t fewest = count_crossings(network_);
        int idle = 0;
        const int sweeps = passes(network_, k_sweeps);
        for (int i = 0; i < sweeps && idle < k_patience && fewest > 0; ++i) {
            sweep(i % 2 == 0, i % 4 >= 2);
            const std::uint64_t crossings = count_crossings(network_);
            idle = crossings < fewest ? 0 : idle + 1;
            if (crossings >= fewest) continue;
            fewest = crossings;
            best = network_.layers;
        }
        network_.layers = std::move(best);
        number_all();
        for (int left = passes(network_, k_exchanges); left > 0 && exchange(); --left) {
        }
    }

  private:
    using Layers = std::vector<std::vector<Index>>;

    void number(const std::vector<Index>& layer) {
        for (Index i = 0; i < layer.size(); ++i) position_[layer[i]] = i;
    }
    void number_all() {
        for (const auto& layer : network_.layers) number(layer);
    }

    /// The first to be reached stands first, in every layer.
    void start() {
        for (auto& layer : network_.layers) layer.clear();
        std::vector<bool> seen(network_.vertices.size(), false);
        for (Index root = 0; root < network_.vertices.size(); ++root) {
            std::vector<Index> todo{root};
            while (!todo.empty()) {
                const Index vertex = todo.back();
                todo.pop_back();
                if (seen[vertex]) continue;
                seen[vertex] = true;
                network_.layers[network_.vertices[vertex].layer].push_back(vertex);
                // Backwards, because the last one in is the first one out: children in order, then parents.
                for (auto link = network_.up[vertex].rbegin(); link != network_.up[vertex].rend(); ++link) {
                    todo.push_back(network_.links[*link].from);
                }
                for (auto link = network_.down[vertex].rbegin(); link != network_.down[vertex].rend();
                     ++link) {
                    todo.push_back(network_.links[*link].to);
                }
            }
        }
        number_all();
    }

    void sweep(bool downwards, bool ties_turn) {
        const std::size_t count = network_.layers.size();
        for (std::size_t i = 1; i < count; ++i) {
            sort_layer(network_.layers[downwards ? i : count - 1 - i], downwards, ties_turn);
        }
    }

    void sort_layer(std::vector<Index>& layer, bool by_parents, bool ties_turn) {
        struct Wish {
            double place;
            Index vertex;
        };
        std::vector<Wish> wishes;
        std::vector<std::size_t> slots;
        for (std::size_t i = 0; i < layer.size(); ++i) {
            const auto& links = by_parents ? network_.up[layer[i]] : network_.down[layer[i]];
            if (links.empty()) continue;
            double sum = 0;
            for (const Index link : links) {
                const Link& one = network_.links[link];
                sum += position_[by_parents ? one.from : one.to];
            }
            wishes.push_back({sum / static_cast<double>(links.size()), layer[i]});
            slots.push_back(i);
        }
        if (ties_turn) std::reverse(wishes.begin(), wishes.end());
        std::stable_sort(wishes.begin(), wishes.end(),
                         [](const Wish& a, const Wish& b) { return a.place < b.place; });
        for (std::size_t i = 0; i < slots.size(); ++i) layer[slots[i]] = wishes[i].vertex;
        number(layer);
    }

    /// Positions of the neighbours on one side, ascending.
    [[nodiscard]] std::vector<Index> places(Index vertex, bool above) const {
        std::vector<Index> result;
        for (const Index link : above ? network_.up[vertex] : network_.down[vertex]) {
            const Link& one = network_.links[link];
            result.push_back(position_[above ? one.from : one.to]);
        }
        std::sort(result.begin(), result.end());
        return result;
    }

    /// Pairs (one of `left`, one of `right`) that cross while left stands left of right.
    static std::uint64_t crossings(const std::vector<Index>& left, const std::vector<Index>& right) {
        std::uint64_t sum = 0;
        std::size_t smaller = 0;
        for (const Index place : left) {
            while (smaller < right.size() && right[smaller] < place) ++smaller;
            sum += smaller;
        }
        return sum;
    }

    struct Places {
        std::vector<Index> above, below;
    };
    [[nodiscard]] Places places(Index vertex) const { return {places(vertex, true), places(vertex, false)}; }

    static std::uint64_t crossings(const Places& left, const Places& right) {
        return crossings(left.above, right.above) + crossings(left.below, right.below);
    }

    bool exchange() {
        bool changed = false;
        for (auto& layer : network_.layers) {
            Places left = places(layer.front());
            for (std::size_t i = 0; i + 1 < layer.size(); ++i) {
                Places right = places(layer[i + 1]);
                if (crossings(right, left) < crossings(left, right)) {
                    std::swap(layer[i], layer[i + 1]);
                    std::swap(position_[layer[i]], position_[layer[i + 1]]);
                    changed = true;
                } else {
                    left = std::move(right);
                }
            }
        }
        return changed;
    }

    Network& network_;
    std::vector<Index> position_;  // of each vertex in its layer
};

/// Counts of numbers below n, with prefix sums in logarithmic time (Fenwick).
class Counts {
  public:
    explicit Counts(std::size_t n) : tree_(n + 1, 0) {}
    void add(std::size_t at) {
        for (++at; at < tree_.size(); at += at & (~at + 1)) ++tree_[at];
    }
    /// How many of what was added are at most `at`.
    [[nodiscard]] std::uint64_t up_to(std::size_t at) const {
        std::uint64_t sum = 0;
        for (++at; at > 0; at -= at & (~at + 1)) sum += tree_[at];
        return sum;
    }

  private:
    std::vector<std::uint64_t> tree_;
};

}  // namespace

void reduce_crossings(Network& network) {
    Order(network).reduce();
}

std::uint64_t count_crossings(const Network& network) {
    std::vector<Index> position(network.vertices.size());
    for (const auto& layer : network.layers) {
        for (Index i = 0; i < layer.size(); ++i) position[layer[i]] = i;
    }
    std::uint64_t crossings = 0;
    for (std::size_t i = 0; i + 1 < network.layers.size(); ++i) {
        Counts counts(network.layers[i + 1].size());
        std::uint64_t added = 0;
        for (const Index vertex : network.layers[i]) {
            std::vector<Index> ends;
            for (const Index link : network.down[vertex]) ends.push_back(position[network.links[link].to]);
            for (const Index end : ends) crossings += added - counts.up_to(end);
            for (const Index end : ends) counts.add(end);
            added += ends.size();
        }
    }
    return crossings;
}

}  // namespace sbraid::layout_steps
