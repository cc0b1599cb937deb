"""The articles told: what each reports, what was reached here, what differs, and what it wishes for."""

from microgradnn.articles.stories import mikir, mlp_xor, nanoneuron, quadrants_1, quadrants_2
from microgradnn.articles.stories.record import Article as Article
from microgradnn.articles.stories.record import Milestone as Milestone
from microgradnn.articles.stories.record import Target as Target
from microgradnn.articles.stories.record import Trained as Trained

ARTICLES: dict[str, Article] = {
    each.STORY.name: each.STORY for each in (nanoneuron, mikir, mlp_xor, quadrants_1, quadrants_2)
}
