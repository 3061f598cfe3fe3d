"""Two small books, written for the tests: few people, clear cues, so that a test can say exactly what must be found."""

CHINESE = """渡口

第一章 雨夜

雨下了一整夜。沈青山推开客栈的门，掌柜赵四海正在柜台后面打算盘。

沈青山道：“还有空房么？”

赵四海抬头看了他一眼，笑道：“只剩楼上一间了。”

“那就那一间。”沈青山说。

林月娥从楼上走下来，说道：“楼上那间漏雨。”赵四海问林月娥：“哪一间不漏？”林月娥道：“都漏。”

第二章 天明

天亮以后，雨停了。林月娥在院子里晾衣裳，沈青山牵着马出来。

林月娥问道：“你要到哪里去？”

“过江。”沈青山答道，“我的兄弟在对岸等我。”

她低声说：“昨夜的船都沉了。”

赵四海叹道：“这雨再下两天，连渡口也要没了。”
"""

ENGLISH = """The Ferry

Chapter I. The Rain

It had rained all night. Mr. Henry Marsh pushed the door open and found Mrs. Alder counting spoons.

"Have you a room?" asked Mr. Marsh.

Mrs. Alder looked up. "Only one," she said, "and the roof leaks."

"I shall take it," said Mr. Marsh.

"You will be sorry," replied Lucy Alder from the stairs. "I slept there once."

Chapter II. The Morning

By morning the rain had stopped. Lucy was hanging the washing in the yard.

"Where are you going?" Lucy asked.

"Across the river," said Mr. Marsh. "My brother is waiting for me."

"The boats sank last night," she whispered.

Mrs. Alder sighed. "Two more days of this," she said, "and there will be no ferry at all."
"""
