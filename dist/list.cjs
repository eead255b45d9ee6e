'use strict';

require('./start.cjs')('list');
